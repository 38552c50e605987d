/*
 * Connections: the wire half of a pair on one side, a flow of TCP on the other. The wire half's
 * FIFO is the flow's send buffer, the program's half's FIFO takes what arrives.
 */
#include "base/stats.h"
#include "memory/pool.h"
#include "remote/options.h"
#include "remote/stack.h"
#include "socket/async.h"
#include "socket/host_limits.h"
#include "socket/inet.h"
#include "socket/sockopt.h"
#include "socket/stream.h"
#include "socket/urgent.h"

#include <errno.h>

static struct bp_file *program_of(const struct bp_remote *remote)
{
    struct bp_file *wire = remote->wire;

    return wire->state & BP_STATE_SECOND ? wire - 1 : wire + 1;
}

/*
 * ---- how much is buffered ----
 *
 * Unless the program says (SO_SNDBUF, SO_RCVBUF), as much as the path asks for, up to the host's
 * limits (tcp_wmem, tcp_rmem in tcp(7)); a reader that falls behind gets no more.
 */

static void grow(struct bp_file *half, u32 space, u32 most)
{
    space = BP_MIN(space, most);
    if (space > half->limit)
        WRITE_ONCE(half->limit, space);
}

/* TCP_NOTSENT_LOWAT: poll tells of room (two thirds of the limit, bp_stream_has_room) while less
 * than that lies beyond what may be in flight. */
static void limit_unsent(struct bp_remote *remote, u32 lowat)
{
    struct bp_file *program = program_of(remote);
    u32 most =
        program->sock.sndbuf ? bp_sock_limit(program, remote->wire) : bp_host_limits.tcp_wmem_max;
    u64 limit = ((u64)bp_tcp_send_window(remote->flow) + lowat) * 3 / 2;

    WRITE_ONCE(remote->wire->limit, (u32)BP_MIN(limit, (u64)most));
}

static void grow_send_buffer(struct bp_remote *remote)
{
    u32 lowat = bp_remote_notsent_lowat(program_of(remote));

    if (unlikely(lowat))
        limit_unsent(remote, lowat);
    else if (!program_of(remote)->sock.sndbuf)
        grow(remote->wire, bp_tcp_send_space(remote->flow), bp_host_limits.tcp_wmem_max);
}

static void grow_receive_buffer(struct bp_remote *remote, struct bp_file *program)
{
    if (!program->sock.rcvbuf && bp_fifo_used(&program->fifo) <= program->limit / 2)
        grow(program, bp_tcp_receive_space(remote->flow), bp_host_limits.tcp_rmem_max);
}

/* ---- what the flow tells ---- */

/* Finds the chunk of a position in the stream, from where the last copy was when that is before it.
 */
static struct bp_chunk *seek(struct bp_remote *remote, u32 at)
{
    const struct bp_fifo *fifo = &remote->wire->fifo;

    if (!remote->cursor || (s32)(at - remote->cursor_at) < 0) {
        remote->cursor = fifo->first;
        remote->cursor_at = fifo->head - fifo->first->begin;
    }
    while (at - remote->cursor_at >= READ_ONCE(remote->cursor->end)) {
        remote->cursor_at += remote->cursor->end;
        remote->cursor = remote->cursor->next;
    }
    return remote->cursor;
}

static void copy_out(void *user, u32 offset, void *dst, u32 len)
{
    struct bp_remote *remote = user;
    u32 at = remote->wire->fifo.head + offset;

    while (len) {
        const struct bp_chunk *chunk = seek(remote, at);
        u32 from = at - remote->cursor_at, n = BP_MIN(len, READ_ONCE(chunk->end) - from);

        memcpy(dst, chunk->data + from, n);
        dst = (u8 *)dst + n;
        at += n;
        len -= n;
    }
}

static void acked(void *user, u32 bytes)
{
    struct bp_remote *remote = user;

    remote->cursor = NULL;
    grow_send_buffer(remote);
    bp_stream_discard(remote->wire, bytes);
}

static u32 room(void *user)
{
    const struct bp_file *program = program_of(user);
    u32 used = bp_fifo_used(&program->fifo);

    return used < program->limit ? program->limit - used : 0;
}

/* A reader that leaves much behind is to tell when it has read on: the window then grows. */
static void want_to_hear(struct bp_file *program)
{
    if (bp_fifo_used(&program->fifo) > program->limit / 3 &&
        !(READ_ONCE(program->state) & BP_STATE_WANT_SPACE))
        bp_file_set_state(program, BP_STATE_WANT_SPACE, 0);
}

static u32 deliver(void *user, const void *data, u32 len)
{
    struct bp_file *program = program_of(user);
    u32 taken = bp_stream_arrive(program, data, len);

    bp_stat_add(BP_STAT_TCP_BYTES, taken);
    grow_receive_buffer(user, program);
    want_to_hear(program);
    return taken;
}

static void urgent(void *user)
{
    struct bp_file *program = program_of(user);

    bp_lock(&program->lock);
    bp_async_urgent(program);
    bp_unlock(&program->lock);
}

static bool deliver_urgent(void *user, u8 byte, bool news)
{
    if (!room(user) || !bp_stream_arrive_urgent(program_of(user), byte, news))
        return false;
    bp_stat_add(BP_STAT_TCP_BYTES, 1);
    return true;
}

static void established(void *user)
{
    struct bp_remote *remote = user;
    struct bp_file *program = program_of(remote), *wire = remote->wire;

    remote->established = true;
    bp_lock(&program->lock);
    bp_stream_join(program, wire, bp_sock_limit(wire, program), bp_sock_limit(program, wire));
    bp_notify(program, BP_EVENTS_WRITE);
    bp_unlock(&program->lock);
    bp_stat_inc(BP_STAT_TCP_CONNECTS);
}

static void peer_closed(void *user)
{
    bp_stream_peer_shut(program_of(user));
}

static void release(struct bp_remote *remote, void (*how)(struct bp_tcp_flow *flow))
{
    if (remote->released)
        return;
    remote->released = true;
    how(remote->flow);
}

static void failed(void *user, int error)
{
    struct bp_remote *remote = user;

    if (remote->established)
        bp_stream_reset(program_of(remote), error);
    else
        remote->error = error;
    release(remote, bp_tcp_abort);
}

/* A connect that has failed is told last: the program may try again at once, with the same wire
 * half. */
static void tell_failure(struct bp_file *program, int error)
{
    bp_lock(&program->lock);
    program->sock.error = error;
    program->state = (u16)((program->state | BP_STATE_ERROR) & ~BP_STATE_CONNECTING);
    bp_notify(program, BP_EVENTS_WRITE | BP_EVENTS_ALWAYS);
    bp_unlock(&program->lock);
}

static void gone(void *user)
{
    struct bp_remote *remote = user;
    struct bp_file *wire = remote->wire, *program = program_of(remote);

    bp_lock(&wire->lock);
    bp_list_del(&remote->watch.node);
    wire->sock.remote = NULL;
    wire->state |= BP_STATE_PEER_GONE; /* the program has been told what there was to tell */
    bp_unlock(&wire->lock);
    bp_remote_forget(&remote->item);
    if (!remote->established)
        tell_failure(program, remote->error ? remote->error : ECONNRESET);
    bp_pool_put(BP_POOL_REMOTE, remote);
    bp_file_drop(wire);
}

static const struct bp_tcp_flow_ops flow_ops = {
    .copy_out = copy_out,
    .acked = acked,
    .deliver = deliver,
    .urgent = urgent,
    .deliver_urgent = deliver_urgent,
    .room = room,
    .established = established,
    .peer_closed = peer_closed,
    .failed = failed,
    .gone = gone,
};

/* ---- what the program has done ---- */

static void announce(struct bp_remote *remote)
{
    struct bp_file *wire = remote->wire;
    u32 written = READ_ONCE(wire->fifo.tail), fresh = written - remote->announced;

    if (!fresh)
        return;
    if (unlikely(READ_ONCE(wire->sock.urgent))) {
        bp_lock(&wire->lock);
        written = wire->fifo.tail;
        fresh = written - remote->announced;
        wire->sock.urgent = false;
        bp_tcp_urgent(remote->flow, bp_urgent_end(wire) - remote->announced);
        bp_unlock(&wire->lock);
    }
    remote->announced = written;
    bp_tcp_send_ready(remote->flow, fresh, false);
}

void bp_remote_flow_look(struct bp_remote *remote)
{
    u32 state = READ_ONCE(remote->wire->state);

    if (remote->released)
        return;
    if (state & BP_STATE_RESET || (state & BP_STATE_PEER_GONE && !remote->established)) {
        release(remote, bp_tcp_abort);
        return;
    }
    announce(remote);
    if (state & BP_STATE_PEER_GONE) {
        release(remote, bp_tcp_close);
        return;
    }
    if (state & BP_STATE_PEER_SHUT && !remote->fin) {
        remote->fin = true;
        bp_tcp_shutdown_write(remote->flow);
    }
    bp_tcp_recv_done(remote->flow, 1); /* it asks room() by itself */
}

/* ---- beginnings ---- */

/* A record on a wire half, which keeps a reference. */
static struct bp_remote *attach(struct bp_stack *stack, struct bp_file *wire)
{
    struct bp_remote *remote = bp_pool_get(BP_POOL_REMOTE);

    if (!remote)
        return NULL;
    *remote = (struct bp_remote){
        .item = {.kind = BP_REMOTE_FLOW, .owner = stack->worker},
        .watch = {.file = wire, .kind = BP_WATCH_REMOTE, .events = ~0u},
        .wire = wire,
        .announced = wire->fifo.tail,
    };
    bp_list_init(&remote->item.node);
    bp_lock(&wire->lock);
    bp_list_add_tail(&wire->watches, &remote->watch.node);
    wire->sock.remote = remote;
    wire->sock.urgent = false;
    bp_unlock(&wire->lock);
    return remote;
}

/* The half that stands for a peer begins anew, also after an attempt that failed. */
static void prepare_wire(struct bp_file *program, struct bp_file *wire)
{
    struct bp_inet_addr target = wire->sock.inet.local;

    bp_sock_inherit(wire, program);
    wire->sock.inet.local = target;
    wire->state = BP_STATE_SECOND;
    bp_pair_adopt(wire);
}

static struct bp_tcp_key key_of(const struct bp_file *program, const struct bp_file *wire)
{
    const struct bp_inet_addr *local = &program->sock.inet.local, *peer = &wire->sock.inet.local;

    return (struct bp_tcp_key){
        .local = bp_inet_is_any(local) ? BP_IP_ANY6 : bp_remote_ip(local),
        .remote = bp_remote_ip(peer),
        .local_port = local->port,
        .remote_port = peer->port,
    };
}

static void forget(struct bp_remote *remote)
{
    struct bp_file *wire = remote->wire;

    bp_lock(&wire->lock);
    bp_list_del(&remote->watch.node);
    wire->sock.remote = NULL;
    bp_unlock(&wire->lock);
    bp_remote_forget(&remote->item);
    bp_pool_put(BP_POOL_REMOTE, remote);
    bp_file_drop(wire);
}

static bool is_elsewhere(const struct bp_stack *stack, struct bp_remote_call *call, u32 owner)
{
    call->item.owner = owner;
    return owner != stack->worker;
}

long bp_remote_flow_connect(struct bp_stack *stack, struct bp_remote_call *call)
{
    struct bp_file *program = call->file, *wire = program + 1;
    struct bp_tcp_options options;
    struct bp_tcp_key key = key_of(program, wire);
    struct bp_remote *remote;
    long ret;

    /* A port that is chosen will be one of ours. */
    if (key.local_port && is_elsewhere(stack, call, bp_steer_owner(&stack->net, &key)))
        return BP_REMOTE_MOVED;
    prepare_wire(program, wire);
    remote = attach(stack, wire);
    if (!remote) {
        bp_file_drop(wire);
        return -ENOBUFS;
    }
    bp_remote_options(program, &options);
    ret = bp_tcp_connect(&stack->tcp.tcp, &key, &options, &flow_ops, remote, &remote->flow);
    if (ret) {
        forget(remote);
        return ret;
    }
    bp_lock(&program->lock);
    program->state |= BP_STATE_CONNECTING;
    bp_unlock(&program->lock);
    program->sock.inet.local =
        bp_remote_inet(&bp_tcp_key(remote->flow)->local, bp_tcp_key(remote->flow)->local_port);
    return 0;
}

bool bp_remote_flow_accept(struct bp_stack *stack, struct bp_tcp_flow *flow)
{
    const struct bp_tcp_key *key = bp_tcp_key(flow);
    struct bp_file *wire = bp_pair_create(BP_FILE_TCP, BP_MODE_READ | BP_MODE_WRITE);
    struct bp_tcp_options options;
    struct bp_remote *remote;

    if (!wire)
        return false;
    bp_sock_init(wire, AF_INET);
    wire[0].sock.inet.local = bp_remote_inet(&key->remote, key->remote_port);
    wire[1].sock.inet.local = bp_remote_inet(&key->local, key->local_port);
    remote = attach(stack, wire);
    if (!remote) {
        bp_file_drop(wire);
        return false;
    }
    remote->flow = flow;
    remote->established = true;
    if (bp_inet_arrive(wire)) {
        forget(remote);
        return false;
    }
    bp_tcp_attach(flow, &flow_ops, remote);
    bp_remote_options(program_of(remote), &options);
    bp_tcp_set_options(flow, &options);
    return true;
}

/* ---- while it lasts ---- */

long bp_remote_flow_options(struct bp_stack *stack, struct bp_remote_call *call)
{
    struct bp_remote *remote = call->file->peer->sock.remote;
    struct bp_tcp_options options;

    if (!remote || remote->released)
        return -ENOTCONN;
    if (is_elsewhere(stack, call, remote->item.owner))
        return BP_REMOTE_MOVED;
    bp_remote_options(call->file, &options);
    bp_tcp_set_options(remote->flow, &options);
    if (call->file->sock.sndbuf)
        WRITE_ONCE(remote->wire->limit, bp_sock_limit(call->file, remote->wire));
    grow_send_buffer(remote);
    if (call->file->sock.ints_set >> BP_SOCK_QUICKACK & 1)
        bp_tcp_quickack(remote->flow, call->file->sock.ints[BP_SOCK_QUICKACK]);
    return 0;
}

long bp_remote_flow_info(struct bp_stack *stack, struct bp_remote_call *call)
{
    struct bp_remote *remote = call->file->peer->sock.remote;

    if (!remote || remote->released)
        return -ENOTCONN;
    if (is_elsewhere(stack, call, remote->item.owner))
        return BP_REMOTE_MOVED;
    bp_tcp_info(remote->flow, (struct tcp_info *)call->info);
    return 0;
}

void bp_remote_flow_survey(const struct bp_remote *remote, struct bp_survey_record *record)
{
    const struct bp_file *program = program_of(remote), *wire = remote->wire;

    record->ipv6 = program->sock.family == AF_INET6;
    record->receive_queue = bp_fifo_used(&program->fifo);
    record->receive_limit = program->limit;
    record->send_queue = bp_fifo_used(&wire->fifo);
    record->send_limit = wire->limit;
    record->pid = program->sock.cred.pid;
}
