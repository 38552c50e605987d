#include "socket/local_listener.h"
#include "base/host.h"
#include "base/stats.h"
#include "sched/hand.h"
#include "socket/attachment.h"
#include "socket/hostfile.h"
#include "socket/sockopt.h"
#include "socket/stream.h"

#include <errno.h>
#include <sys/syscall.h>

/* The listener's lock is held. */
static void watch_host(struct bp_file *listener)
{
    if (bp_hostfile_is_beside(listener))
        bp_hostfile_arm(listener, EPOLLIN);
}

void bp_listener_init(struct bp_file *file, u32 backlog)
{
    bp_list_init(&file->sock.queue);
    bp_list_init(&file->sock.waiting);
    file->sock.queued = 0;
    file->sock.backlog = backlog;
    file->sock.host_ready = file->sock.host_unsure = file->sock.host_was_last = false;
    file->kind = BP_FILE_LISTENER;
    if (!file->attached)
        watch_host(file);
}

/* Joins the client's pair and queues its second half. The listener's lock is held. */
static void complete(struct bp_file *listener, struct bp_file *client)
{
    struct bp_file *server = bp_pair_second(client);

    bp_stat_inc(client->kind == BP_FILE_UNIX ? BP_STAT_UNIX_CONNECTS : BP_STAT_TCP_CONNECTS);
    bp_sock_inherit(server, listener);
    server->mode = BP_MODE_READ | BP_MODE_WRITE;
    bp_lock(&client->lock);
    bp_undo_owe(listener);
    bp_undo_owe(client);
    bp_pair_adopt(server);
    bp_set(server->state, server->state | BP_STATE_EMBRYO);
    bp_link_tail(&listener->sock.queue, &server->sock.queue);
    bp_set(listener->sock.queued, listener->sock.queued + 1);
    if (client->sock.listener)
        bp_unlink(&client->sock.waiting);
    bp_set(client->sock.listener, NULL);
    bp_stream_join(client, server, bp_sock_limit(server, client), bp_sock_limit(client, server));
    bp_notify(client, BP_EVENTS_WRITE);
    if (unlikely(client->kind == BP_FILE_ATTACHED))
        bp_attached_joined(client, server);
    bp_unlock(&client->lock);
    bp_notify(listener, BP_EVENTS_READ);
}

long bp_listener_connect(struct bp_file *listener, struct bp_file *client, bool wait)
{
    long ret = 0;

    bp_lock(&listener->lock);
    if (listener->kind != BP_FILE_LISTENER) {
        ret = -ECONNREFUSED;
    } else if (unlikely(listener->attached)) {
        ret = bp_attached_offer(listener, client);
    } else if (likely(bp_listener_has_room(listener))) {
        complete(listener, client);
    } else if (!wait) {
        ret = -EAGAIN;
    } else {
        bp_lock(&client->lock);
        bp_set(client->state, client->state | BP_STATE_CONNECTING);
        bp_set(client->sock.listener, listener);
        bp_link_tail(&listener->sock.waiting, &client->sock.waiting);
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
                bp_unlink(&client->sock.waiting);
                bp_set(client->sock.listener, NULL);
                bp_set(client->state, client->state & ~BP_STATE_CONNECTING);
                bp_unlock(&listener->lock);
            }
            bp_unlock(&client->lock);
            return waited;
        }
        bp_unlock(&client->lock);
        bp_lock_await(&listener->lock);
    }
}

/* ---- accepting ---- */

/* The longest queued half; the next one in line takes its place. The listener's lock is held. */
static struct bp_file *take_local(struct bp_file *listener)
{
    struct bp_file *server = bp_list_first(&listener->sock.queue, struct bp_file, sock.queue);

    listener->sock.host_was_last = false;
    bp_undo_owe(listener); /* for somebody else to take it */
    bp_hand_take(BP_HAND_FILE, server);
    bp_unlink(&server->sock.queue);
    bp_set(listener->sock.queued, listener->sock.queued - 1);
    bp_file_set_state(server, 0, BP_STATE_EMBRYO);
    if (unlikely(!bp_list_empty(&listener->sock.waiting))) {
        struct bp_file *client =
            bp_list_first(&listener->sock.waiting, struct bp_file, sock.waiting);

        complete(listener, client);
    }
    return server;
}

/* A connection from outside. NULL with *error -EAGAIN when there was none after all. */
static struct bp_file *take_from_host(struct bp_file *listener, long *error)
{
    struct bp_file *file = NULL;
    long fd = -EAGAIN;

    if (bp_hostfile_is_beside(listener))
        fd = bp_host(SYS_accept4, listener->host_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

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
        watch_host(listener);
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
    if (listener->kind == BP_FILE_LISTENER && accepted->kind != BP_FILE_HOST) {
        bp_undo_owe(listener);
        bp_hand_put(accepted);
        bp_set(accepted->state, accepted->state | BP_STATE_EMBRYO);
        bp_link_head(&listener->sock.queue, &accepted->sock.queue);
        bp_set(listener->sock.queued, listener->sock.queued + 1);
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

/* Its listener is locked. */
static void refuse(struct bp_file *client)
{
    bp_lock(&client->lock);
    bp_undo_owe(client);
    bp_unlink(&client->sock.waiting);
    bp_set(client->sock.listener, NULL);
    bp_set(client->sock.error, ECONNREFUSED);
    bp_set(client->state, (client->state | BP_STATE_ERROR) & ~BP_STATE_CONNECTING);
    bp_notify(client, BP_EVENTS_WRITE | BP_EVENTS_ALWAYS);
    if (client->kind == BP_FILE_ATTACHED)
        bp_attached_refused(client);
    bp_unlock(&client->lock);
}

/* It is a listener until its queues are empty, so that this can be done again. */
void bp_listener_stop(struct bp_file *listener)
{
    bp_lock(&listener->lock);
    while (!bp_list_empty(&listener->sock.queue)) {
        struct bp_file *server = bp_list_first(&listener->sock.queue, struct bp_file, sock.queue);

        bp_hand_take(BP_HAND_FILE, server);
        bp_unlink(&server->sock.queue);
        bp_unlock(&listener->lock);
        bp_file_drop(server);
        bp_lock(&listener->lock);
    }
    while (!bp_list_empty(&listener->sock.waiting))
        refuse(bp_list_first(&listener->sock.waiting, struct bp_file, sock.waiting));
    bp_set(listener->kind, listener->sock.family == AF_UNIX ? BP_FILE_UNIX : BP_FILE_TCP);
    bp_notify(listener, BP_EVENTS_READ | BP_EVENTS_ALWAYS);
    bp_unlock(&listener->lock);
}

/* Who watched the host's side has left it: looks there, and watches from now on. Never says ready
 * when nobody is there: a program may accept without O_NONBLOCK afterwards. */
static void make_sure(struct bp_file *listener)
{
    if (!bp_hostfile_is_beside(listener))
        return;
    bp_lock(&listener->lock);
    listener->sock.host_unsure = false;
    bp_unlock(&listener->lock);
    if (bp_hostfile_poll(listener, EPOLLIN) & EPOLLIN)
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
