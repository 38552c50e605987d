/* The slots of an attachment: what the clients announce there, and what becomes of it. */
#include "socket/attached.h"
#include "socket/attachment_state.h"
#include "socket/inet.h"
#include "socket/local_listener.h"
#include "socket/sockopt.h"
#include "socket/stream.h"

#include <errno.h>
#include <netinet/in.h>

/* ---- answers ---- */

static void publish(struct bp_attached *slot, const struct bp_file *program)
{
    struct bp_attached_slot *shared = slot->shared;
    const struct bp_inet_addr *local = &slot->outside->sock.inet.local;

    memcpy(shared->runtime.local, local->bytes, sizeof(local->bytes));
    shared->runtime.local_port = local->port;
    if (program) {
        memcpy(shared->runtime.peer, program->sock.inet.local.bytes, sizeof(local->bytes));
        shared->runtime.peer_port = program->sock.inet.local.port;
    }
    bp_store_release(&shared->runtime.state, BP_ATTACHED_OPEN);
    bp_attached_mark(slot);
}

static void refuse(struct bp_attached *slot, long error)
{
    WRITE_ONCE(slot->phase, BP_ATTACHED_REFUSED);
    slot->shared->runtime.error = (u32)-error;
    bp_store_release(&slot->shared->runtime.state, BP_ATTACHED_FAILED);
    bp_attached_mark(slot);
}

/* A client may look at any moment: RETIRED is neither a connection nor free. */
static void wipe(struct bp_attached_slot *shared)
{
    __atomic_store_n(&shared->runtime.state, BP_ATTACHED_RETIRED, __ATOMIC_SEQ_CST);
    memset(&shared->client, 0, sizeof(shared->client));
    memset(&shared->runtime.error, 0,
           sizeof(shared->runtime) - offsetof(__typeof__(shared->runtime), error));
    bp_store_release(&shared->runtime.state, BP_ATTACHED_FREE);
}

/*
 * Both sides have done with the slot: it is free from here on. Returns the client's half, for
 * leave() after the lock is dropped. The attachment is locked.
 */
static struct bp_file *retire(struct bp_attached *slot)
{
    struct bp_attachment *attachment = slot->attachment;
    struct bp_file *outside = slot->outside;
    u32 index = (u32)(slot - attachment->slots);

    slot->outside = NULL;
    slot->head = slot->tail = 0;
    slot->closed = false;
    WRITE_ONCE(slot->phase, BP_ATTACHED_UNUSED);
    wipe(slot->shared);
    if (index >= BP_ATTACHED_CLIENT_SLOTS)
        attachment->free[attachment->free_count++] = (u16)index;
    bp_attached_mark(slot);
    return outside;
}

/* Gives up the client's half, or its listener. Not locked. */
static void leave(struct bp_file *outside)
{
    if (!outside)
        return;
    if (outside->kind == BP_FILE_LISTENER)
        bp_inet_unlisten(outside);
    outside->fifo = (struct bp_fifo){0};
    bp_inet_leave(outside);
}

static void retire_alone(struct bp_attached *slot)
{
    struct bp_file *outside;

    bp_lock(&slot->attachment->lock);
    outside = retire(slot);
    bp_unlock(&slot->attachment->lock);
    leave(outside);
}

/* ---- beginnings ---- */

void bp_attached_joined(struct bp_file *outside, struct bp_file *server)
{
    struct bp_attached *slot = outside->attached;

    bp_lock(&slot->attachment->lock);
    server->attached = slot;
    slot->file = server;
    WRITE_ONCE(slot->phase, BP_ATTACHED_JOINED);
    publish(slot, server);
    bp_unlock(&slot->attachment->lock);
}

void bp_attached_refused(struct bp_file *outside)
{
    refuse(outside->attached, -ECONNREFUSED);
}

/* A socket for the client's side. */
static struct bp_file *make_socket(struct bp_attached *slot, enum bp_file_kind kind, u16 family)
{
    struct bp_file *file = bp_pair_create(kind, BP_MODE_READ | BP_MODE_WRITE | BP_MODE_NONBLOCK);

    if (file) {
        bp_sock_init(file, family);
        slot->outside = file;
    }
    return file;
}

static void begin_connect(struct bp_attached *slot)
{
    struct bp_file *file = make_socket(slot, BP_FILE_ATTACHED, AF_INET6);
    long ret = -ENOBUFS;

    if (file) {
        file->attached = slot;
        WRITE_ONCE(slot->phase, BP_ATTACHED_WAITS);
        ret = bp_inet_connect_outside(file, (u16)READ_ONCE(slot->shared->client.port));
    }
    if (ret && ret != -EINPROGRESS)
        refuse(slot, ret);
}

static void begin_listen(struct bp_attached *slot)
{
    u16 port = (u16)READ_ONCE(slot->shared->client.port);
    long ret = -EAFNOSUPPORT;

    for (u32 i = 0; i < 2 && ret == -EAFNOSUPPORT; i++) {
        struct bp_file *file = make_socket(slot, BP_FILE_TCP, i ? AF_INET : AF_INET6);

        ret = file ? bp_inet_listen_outside(file, port, slot) : -ENOBUFS;
        if (ret && file)
            bp_inet_leave(file);
        if (ret)
            slot->outside = NULL;
    }
    if (ret) {
        refuse(slot, ret);
        return;
    }
    WRITE_ONCE(slot->phase, BP_ATTACHED_LISTENS);
    publish(slot, NULL);
}

static struct bp_attached *take_slot(struct bp_attachment *attachment)
{
    if (attachment->state != BP_ATTACHMENT_OPEN || !attachment->free_count)
        return NULL;
    return &attachment->slots[attachment->free[--attachment->free_count]];
}

long bp_attached_offer(struct bp_file *listener, struct bp_file *client)
{
    struct bp_attached *listening = listener->attached, *slot;
    struct bp_attachment *attachment = listening->attachment;
    struct bp_file *outside = bp_pair_second(client);

    bp_lock(&attachment->lock);
    slot = take_slot(attachment);
    if (slot) {
        bp_sock_inherit(outside, listener);
        bp_pair_adopt(outside);
        slot->file = client;
        slot->outside = outside;
        slot->phase = BP_ATTACHED_JOINED;
        bp_lock(&client->lock);
        client->kind = outside->kind = BP_FILE_ATTACHED;
        client->attached = outside->attached = slot;
        bp_stream_join(client, outside, BP_ATTACHED_RING, BP_ATTACHED_RING);
        bp_unlock(&client->lock);
        slot->shared->runtime.listener = (u32)(listening - attachment->slots);
        publish(slot, client);
    }
    bp_unlock(&attachment->lock);
    return slot ? 0 : -ECONNREFUSED;
}

/* ---- ends ---- */

void bp_attached_leave(struct bp_file *file, bool abort)
{
    u32 flags = BP_ATTACHED_SHUT | BP_ATTACHED_GONE | (abort ? BP_ATTACHED_RESET : 0);
    struct bp_attached *slot = READ_ONCE(file->attached);
    struct bp_file *outside = NULL;

    if (slot) {
        bp_lock(&slot->attachment->lock);
        if (slot->file == file) {
            slot->file = NULL;
            __atomic_fetch_or(&slot->shared->runtime.flags, flags, __ATOMIC_RELEASE);
            if (slot->closed)
                outside = retire(slot);
            else
                bp_attached_mark(slot);
        }
        bp_unlock(&slot->attachment->lock);
    }
    file->fifo = (struct bp_fifo){0};
    leave(outside);
}

/* Takes the rings away from the program's half: nobody copies there from now on. The attachment is
 * locked. */
static void cut(struct bp_attached *slot)
{
    struct bp_file *file = slot->file;

    slot->file = NULL;
    bp_lock(&file->read_turn);
    bp_lock(&file->write_turn);
    WRITE_ONCE(file->attached, NULL);
    bp_unlock(&file->write_turn);
    bp_unlock(&file->read_turn);
    bp_stream_reset(file, ECONNRESET);
}

/* The client closed a connection. What it wrote before stays readable until the program closes. */
static void close_joined(struct bp_attached *slot, bool abort)
{
    struct bp_file *outside = NULL;

    bp_lock(&slot->attachment->lock);
    slot->closed = true;
    if (slot->file && abort)
        cut(slot);
    else if (slot->file)
        bp_stream_change(slot->file, BP_STATE_PEER_SHUT | BP_STATE_PEER_GONE, BP_STATE_SEND, 0);
    if (!slot->file)
        outside = retire(slot);
    bp_unlock(&slot->attachment->lock);
    leave(outside);
}

static void close_slot(struct bp_attached *slot, bool abort)
{
    if (slot->phase == BP_ATTACHED_WAITS)
        bp_listener_leave(slot->outside); /* it may have been joined, or refused, meanwhile */
    if (READ_ONCE(slot->phase) == BP_ATTACHED_JOINED)
        close_joined(slot, abort);
    else
        retire_alone(slot);
}

/* Closed by the client before, and the program has not released it: it does not get the rest. */
static void end_closed(struct bp_attached *slot)
{
    struct bp_file *outside = NULL;

    bp_lock(&slot->attachment->lock);
    if (slot->closed) { /* still */
        cut(slot);
        outside = retire(slot);
    }
    bp_unlock(&slot->attachment->lock);
    leave(outside);
}

void bp_attached_end_all(struct bp_attachment *attachment)
{
    for (u32 i = 0; i < BP_ATTACHED_SLOTS; i++) {
        struct bp_attached *slot = &attachment->slots[i];

        if (slot->phase == BP_ATTACHED_UNUSED)
            continue;
        if (slot->closed)
            end_closed(slot);
        else
            close_slot(slot, true);
    }
}

/* ---- looking ---- */

/* Passes on what the client did to a connection. */
static void look_at_joined(struct bp_attached *slot)
{
    bool shut = READ_ONCE(slot->shared->client.flags) & BP_ATTACHED_SHUT;
    struct bp_file *file;
    u32 events = 0;

    bp_lock(&slot->attachment->lock);
    file = slot->file;
    if (file) {
        bp_lock(&file->lock);
        if (shut && !(file->state & BP_STATE_PEER_SHUT)) {
            file->state |= BP_STATE_PEER_SHUT;
            events = BP_EVENTS_READ | EPOLLRDHUP;
        }
        if (bp_attached_used(slot))
            events |= BP_EVENTS_READ;
        if (file->state & BP_STATE_WANT_SPACE && bp_attached_has_room(slot)) {
            file->state &= (u16)~BP_STATE_WANT_SPACE;
            events |= BP_EVENTS_WRITE;
        }
        if (events)
            bp_notify(file, events);
        bp_unlock(&file->lock);
    }
    bp_unlock(&slot->attachment->lock);
}

static void look_at(struct bp_attachment *attachment, u32 index)
{
    struct bp_attached *slot = &attachment->slots[index];
    u32 command = bp_load_acquire(&slot->shared->client.command);
    u32 flags = READ_ONCE(slot->shared->client.flags);

    if (slot->phase == BP_ATTACHED_UNUSED) {
        if (index >= BP_ATTACHED_CLIENT_SLOTS)
            return;
        if (command == BP_ATTACHED_CONNECT)
            begin_connect(slot);
        else if (command == BP_ATTACHED_LISTEN)
            begin_listen(slot);
    } else if (command == BP_ATTACHED_CLOSE) {
        if (!slot->closed)
            close_slot(slot, flags & BP_ATTACHED_RESET);
    } else if (slot->phase == BP_ATTACHED_JOINED) {
        look_at_joined(slot);
    }
}

void bp_attached_look(struct bp_attachment *attachment)
{
    for (u32 word = 0; word < BP_ATTACHED_SLOTS / 32; word++) {
        u32 *marks = &attachment->header->to_runtime[word], set;

        if (!READ_ONCE(*marks))
            continue;
        set = __atomic_exchange_n(marks, 0, __ATOMIC_SEQ_CST);
        for (; set; set &= set - 1)
            look_at(attachment, word * 32 + (u32)__builtin_ctz(set));
    }
}
