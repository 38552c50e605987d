#include "socket/local_listener.h"
#include "base/host.h"
#include "base/stats.h"
#include "socket/hostfile.h"
#include "socket/sockopt.h"
#include "socket/stream.h"

#include <errno.h>
#include <sys/syscall.h>

void bp_listener_init(struct bp_file *file, u32 backlog)
{
    bp_list_init(&file->sock.queue);
    bp_list_init(&file->sock.waiting);
    file->sock.queued = 0;
    file->sock.backlog = backlog;
    file->sock.host_ready = file->sock.host_unsure = file->sock.host_was_last = false;
    file->kind = BP_FILE_LISTENER;
    bp_hostfile_arm(file, EPOLLIN);
}

/* Linux lets one more in than was asked for. */
static bool has_room(const struct bp_file *listener)
{
    return listener->sock.queued <= listener->sock.backlog;
}

/* Joins the client's pair and queues its second half. The listener's lock is held. */
static void complete(struct bp_file *listener, struct bp_file *client)
{
    struct bp_file *server = bp_pair_second(client);

    bp_sock_inherit(server, listener);
    server->mode = BP_MODE_READ | BP_MODE_WRITE;
    bp_pair_adopt(server);
    server->state |= BP_STATE_EMBRYO;
    bp_list_add_tail(&listener->sock.queue, &server->sock.queue);
    listener->sock.queued++;
    bp_lock(&client->lock);
    client->sock.listener = NULL;
    bp_stream_join(client, server, bp_sock_limit(server, client), bp_sock_limit(client, server));
    bp_notify(client, BP_EVENTS_WRITE);
    bp_unlock(&client->lock);
    bp_notify(listener, BP_EVENTS_READ);
    bp_stat_inc(client->kind == BP_FILE_TCP ? BP_STAT_TCP_CONNECTS : BP_STAT_UNIX_CONNECTS);
}

long bp_listener_connect(struct bp_file *listener, struct bp_file *client, bool wait)
{
    long ret = 0;

    bp_lock(&listener->lock);
    if (listener->kind != BP_FILE_LISTENER) {
        ret = -ECONNREFUSED;
    } else if (likely(has_room(listener))) {
        complete(listener, client);
    } else if (!wait) {
        ret = -EAGAIN;
    } else {
        bp_lock(&client->lock);
        client->state |= BP_STATE_CONNECTING;
        client->sock.listener = listener;
        bp_list_add_tail(&listener->sock.waiting, &client->sock.waiting);
        bp_unlock(&client->lock);
        ret = -EINPROGRESS;
    }
    bp_unlock(&listener->lock);
    return ret;
}

/* While the client names its listener and is locked, the listener exists: its end takes that lock
 * to unlink the client. */
bool bp_listener_leave(struct bp_file *client)
{
    bool waited;

    for (;;) {
        struct bp_file *listener;

        bp_lock(&client->lock);
        listener = client->sock.listener;
        waited = listener != NULL;
        if (!waited || bp_trylock(&listener->lock)) {
            if (waited) {
                bp_list_del(&client->sock.waiting);
                client->sock.listener = NULL;
                client->state &= (u16)~BP_STATE_CONNECTING;
                bp_unlock(&listener->lock);
            }
            bp_unlock(&client->lock);
            return waited;
        }
        bp_unlock(&client->lock);
        bp_cpu_relax();
    }
}

/* ---- accepting ---- */

/* The longest queued half; the next one in line takes its place. The listener's lock is held. */
static struct bp_file *take_local(struct bp_file *listener)
{
    struct bp_file *server = bp_list_first(&listener->sock.queue, struct bp_file, sock.queue);

    bp_list_del(&server->sock.queue);
    bp_file_set_state(server, 0, BP_STATE_EMBRYO);
    listener->sock.queued--;
    listener->sock.host_was_last = false;
    if (unlikely(!bp_list_empty(&listener->sock.waiting))) {
        struct bp_file *client =
            bp_list_first(&listener->sock.waiting, struct bp_file, sock.waiting);

        bp_list_del(&client->sock.waiting);
        complete(listener, client);
    }
    return server;
}

/* A connection from outside. NULL with *error -EAGAIN when there was none after all. */
static struct bp_file *take_from_host(struct bp_file *listener, long *error)
{
    long fd = bp_host(SYS_accept4, listener->host_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    struct bp_file *file = NULL;

    *error = fd;
    if (!bp_is_error(fd)) {
        file = bp_hostfile_create((int)fd);
        if (file)
            file->mode &= (u8)~BP_MODE_NONBLOCK;
        else
            bp_host(SYS_close, fd);
        *error = file ? 0 : -ENOBUFS;
    }
    bp_lock(&listener->lock);
    listener->sock.host_was_last = file != NULL;
    if (listener->kind == BP_FILE_LISTENER)
        bp_hostfile_arm(listener, EPOLLIN);
    bp_unlock(&listener->lock);
    return file;
}

struct bp_file *bp_listener_accept(struct bp_file *listener, u32 flags, long *error)
{
    u64 deadline = 0;
    struct bp_file *file;

    for (;;) {
        bp_lock(&listener->lock);
        if (unlikely(listener->kind != BP_FILE_LISTENER)) {
            bp_unlock(&listener->lock);
            *error = -EINVAL;
            return NULL;
        }
        if (!bp_list_empty(&listener->sock.queue) &&
            (!listener->sock.host_ready || listener->sock.host_was_last)) {
            file = take_local(listener);
            bp_unlock(&listener->lock);
            break;
        }
        if (listener->sock.host_ready || listener->sock.host_unsure) {
            listener->sock.host_ready = listener->sock.host_unsure = false;
            bp_unlock(&listener->lock);
            file = take_from_host(listener, error);
            if (file || *error != -EAGAIN)
                break;
            continue;
        }
        if (listener->mode & BP_MODE_NONBLOCK) {
            bp_unlock(&listener->lock);
            *error = -EAGAIN;
            return NULL;
        }
        if (!deadline)
            deadline = bp_stream_deadline(listener, listener->sock.receive_timeout);
        *error = bp_file_wait(listener, BP_EVENTS_READ, BP_WATCH_EXCLUSIVE, deadline);
        if (*error) {
            *error = *error == -ETIMEDOUT ? -EAGAIN : *error;
            return NULL;
        }
    }
    if (file && flags & SOCK_NONBLOCK)
        file->mode |= BP_MODE_NONBLOCK;
    return file;
}

void bp_listener_unaccept(struct bp_file *listener, struct bp_file *accepted)
{
    bp_lock(&listener->lock);
    if (listener->kind == BP_FILE_LISTENER && bp_file_is_stream(accepted)) {
        bp_file_set_state(accepted, BP_STATE_EMBRYO, 0);
        bp_list_add_head(&listener->sock.queue, &accepted->sock.queue);
        listener->sock.queued++;
        bp_notify(listener, BP_EVENTS_READ);
        accepted = NULL;
    }
    bp_unlock(&listener->lock);
    if (accepted)
        bp_file_drop(accepted);
}

void bp_listener_hand_over(struct bp_file *listener)
{
    if (READ_ONCE(listener->refs) == 1)
        return;
    bp_hostfile_unwatch(listener);
    bp_lock(&listener->lock);
    listener->sock.host_unsure = true;
    bp_notify_all(listener, BP_EVENTS_READ); /* the one that is woken may be about to end, too */
    bp_unlock(&listener->lock);
}

void bp_listener_stop(struct bp_file *listener)
{
    struct bp_list queue;

    bp_lock(&listener->lock);
    listener->kind = listener->sock.family == AF_UNIX ? BP_FILE_UNIX : BP_FILE_TCP;
    while (!bp_list_empty(&listener->sock.waiting)) {
        struct bp_file *client =
            bp_list_first(&listener->sock.waiting, struct bp_file, sock.waiting);

        bp_list_del(&client->sock.waiting);
        bp_lock(&client->lock);
        client->sock.listener = NULL;
        client->sock.error = ECONNREFUSED;
        client->state = (u16)((client->state | BP_STATE_ERROR) & ~BP_STATE_CONNECTING);
        bp_notify(client, BP_EVENTS_WRITE | BP_EVENTS_ALWAYS);
        bp_unlock(&client->lock);
    }
    bp_list_init(&queue);
    while (!bp_list_empty(&listener->sock.queue)) {
        struct bp_list *node = listener->sock.queue.next;

        bp_list_del(node);
        bp_list_add_tail(&queue, node);
    }
    bp_notify(listener, BP_EVENTS_READ | BP_EVENTS_ALWAYS);
    bp_unlock(&listener->lock);
    while (!bp_list_empty(&queue)) {
        struct bp_file *server = bp_list_first(&queue, struct bp_file, sock.queue);

        bp_list_del(&server->sock.queue);
        bp_file_drop(server);
    }
}

/* Who watched the host's side has left it: looks there, and watches from now on. Never says ready
 * when nobody is there: a program may accept without O_NONBLOCK afterwards. */
static void make_sure(struct bp_file *listener)
{
    u32 mask;

    bp_lock(&listener->lock);
    listener->sock.host_unsure = false;
    bp_unlock(&listener->lock);
    mask = bp_hostfile_poll(listener, EPOLLIN);
    if (mask & EPOLLIN)
        WRITE_ONCE(listener->sock.host_ready, true);
}

u32 bp_listener_poll(struct bp_file *listener, u32 interest)
{
    bool any;

    if (unlikely(READ_ONCE(listener->sock.host_unsure)))
        make_sure(listener);
    any = !bp_list_empty(&listener->sock.queue) || READ_ONCE(listener->sock.host_ready);
    return any ? BP_EVENTS_READ & interest : 0;
}
