/* The reading side of streams. */
#include "base/clock.h"
#include "base/stats.h"
#include "base/uaccess.h"
#include "socket/stream.h"
#include "socket/urgent.h"

#include <errno.h>

static void count(u64 n)
{
    bp_current()->app_stats[BP_APP_STAT_READ_BYTES] += n;
}

/* Bytes were taken: writers that wait for room are told once there is enough. */
static void announce_room(struct bp_file *file)
{
    bool tell;

    bp_lock(&file->lock);
    if (BP_MAY_SHARE && unlikely(bp_lock_shared))
        bp_full_fence(); /* pairs with want_space */
    tell = file->state & BP_STATE_WANT_SPACE && bp_stream_has_room(file);
    if (tell)
        bp_set(file->state, file->state & ~BP_STATE_WANT_SPACE);
    if (tell)
        bp_undo_owe(file->peer);
    bp_unlock(&file->lock);
    if (!tell)
        return;
    bp_lock(&file->peer->lock);
    bp_notify(file->peer, BP_EVENTS_WRITE);
    bp_unlock(&file->peer->lock);
}

void bp_stream_discard(struct bp_file *file, u32 bytes)
{
    bp_lock(&file->lock);
    while (bytes) {
        struct bp_chunk *first = file->fifo.first;
        u32 n = BP_MIN(bytes, first->end - first->begin);

        bp_fifo_consume(&file->fifo, n, file->state & BP_STATE_WRITING, false);
        bytes -= n;
    }
    bp_unlock(&file->lock);
    announce_room(file);
}

/* How a read goes on after a chunk. */
enum next {
    GO_ON,
    STOP
};

/* Copies n bytes at offset of a chunk to the program; TCP's MSG_TRUNC only counts them. */
static long copy_out(struct bp_file *file, struct bp_iter *to, const struct bp_chunk *chunk,
                     u32 offset, u32 n, u32 flags)
{
    if (flags & MSG_TRUNC && file->kind == BP_FILE_TCP) {
        to->left -= n;
        return 0;
    }
    while (n) {
        size_t len;
        u8 *dst = bp_iter_piece(to, &len);

        len = BP_MIN(len, (size_t)n);
        if (bp_copy_checked(dst, chunk->data + offset, len))
            return -EFAULT;
        bp_iter_advance(to, len);
        offset += (u32)len;
        n -= (u32)len;
    }
    return 0;
}

/* At a mark: a read that has bytes already ends before it; another leaves the mark out, unless its
 * byte is in line. Returns whether that was all. The half is locked. */
static bool meet_mark(struct bp_file *file, bool begun, enum next *next)
{
    if (!begun && bp_urgent_inline(file))
        return false;
    if (begun) {
        *next = STOP;
    } else {
        bp_fifo_consume(&file->fifo, 1, file->state & BP_STATE_WRITING, false);
        bp_urgent_passed(file);
    }
    return true;
}

/* Takes from the first chunk; begun: the read has bytes already. Returns bytes, 0 when there is
 * none, or -EFAULT. The read turn is ours. */
static long pull_chunk(struct bp_file *file, struct bp_iter *to, u32 flags, bool begun,
                       struct bp_rights **rights, enum next *next)
{
    struct bp_chunk *chunk;
    u32 there, n;
    bool mark;

    bp_lock(&file->lock);
    chunk = file->fifo.first;
    if (unlikely(!chunk)) { /* who wrote it was killed before it was whole */
        bp_unlock(&file->lock);
        return 0;
    }
    mark = chunk->urgent;
    if (unlikely(mark && meet_mark(file, begun, next))) {
        bp_unlock(&file->lock);
        return 0;
    }
    there = chunk->end - chunk->begin;
    bp_unlock(&file->lock);
    n = (u32)BP_MIN((size_t)there, to->left);
    if (unlikely(copy_out(file, to, chunk, chunk->begin, n, flags)))
        return -EFAULT;
    bp_lock(&file->lock);
    if (unlikely(chunk->sealed && (chunk->packet || chunk->rights))) {
        *next = STOP;
        *rights = bp_fifo_take_rights(chunk);
    }
    if (unlikely(file->state & BP_STATE_WANT_SPACE))
        bp_undo_owe(file->peer);
    bp_fifo_consume(&file->fifo, unlikely(chunk->packet) ? there : n,
                    file->state & BP_STATE_WRITING, false);
    if (unlikely(mark && n))
        bp_urgent_passed(file);
    bp_unlock(&file->lock);
    return n;
}

/* Where a peek goes on: behind what it has seen, and behind marks that are left out. Returns bytes
 * there, 0 at the end or at a mark. The half is locked. */
static u32 peek_on(const struct bp_file *file, const struct bp_chunk **place, u32 *at, bool begun)
{
    const struct bp_chunk *chunk = *place;

    if (!chunk) {
        chunk = file->fifo.first;
        *at = chunk ? chunk->begin : 0;
    }
    for (; chunk; chunk = chunk->next, *at = chunk->begin) {
        if (unlikely(chunk->urgent && *at == chunk->begin)) {
            if (begun)
                return 0;
            *at += !bp_urgent_inline(file);
        }
        *place = chunk;
        if (*at != chunk->end || !chunk->next)
            return chunk->end - *at;
    }
    return 0;
}

/* MSG_PEEK: copies without taking. A writer may append to a chunk until the next one follows it. */
static long peek(struct bp_file *file, struct bp_iter *to, u32 flags)
{
    const struct bp_chunk *chunk = NULL;
    long total = 0;
    u32 at = 0, n;

    for (; to->left; at += n, total += n) {
        bp_lock(&file->lock);
        n = (u32)BP_MIN((size_t)peek_on(file, &chunk, &at, total), to->left);
        bp_unlock(&file->lock);
        if (!n)
            break;
        if (copy_out(file, to, chunk, at, n, flags))
            return total ? total : -EFAULT;
    }
    return total;
}

/* What there is, up to the size asked for; begun: the call has bytes already. Returns bytes, 0 when
 * there is nothing, or -EFAULT. */
static long pull(struct bp_file *file, struct bp_iter *to, u32 flags, bool begun,
                 struct bp_rights **rights, enum next *next)
{
    struct bp_rights *dropped = NULL;
    long total = 0, ret = 0;

    bp_lock(&file->read_turn);
    if (unlikely(flags & MSG_PEEK)) {
        total = peek(file, to, flags);
    } else {
        while (bp_fifo_used(&file->fifo) && to->left && *next == GO_ON) {
            ret = pull_chunk(file, to, flags, begun || total, rights ? rights : &dropped, next);
            if (ret < 0)
                break;
            total += ret;
        }
    }
    bp_unlock(&file->read_turn);
    bp_rights_drop(dropped);
    if (total > 0 && !(flags & MSG_PEEK))
        announce_room(file);
    return total ? total : ret;
}

/* True when an empty FIFO may yet be filled. */
static bool more_may_come(const struct bp_file *file)
{
    u32 state = READ_ONCE(file->state);

    if (file->kind == BP_FILE_PIPE)
        return !(state & BP_STATE_PEER_GONE);
    return state & (BP_STATE_CONNECTED | BP_STATE_CONNECTING) &&
           !(state & (BP_STATE_NO_READ | BP_STATE_ERROR));
}

long bp_stream_nothing_comes(struct bp_file *file)
{
    u32 state = READ_ONCE(file->state);
    int error;

    if (file->kind == BP_FILE_PIPE)
        return 0;
    if (state & BP_STATE_PEER_SHUT && bp_file_is_tcp(file))
        return 0; /* an orderly end comes before whatever happened later */
    error = bp_stream_take_error(file);
    if (error)
        return -error;
    if (state & BP_STATE_NO_READ)
        return 0;
    return bp_file_is_tcp(file) ? -ENOTCONN : -EINVAL;
}

/*
 * Parks until the FIFO holds more than seen bytes or its state changes. A thread that waits at an
 * empty FIFO offers its buffer; *delivered receives what a sender copied into it.
 */
static int wait_data(struct bp_file *file, struct bp_iter *to, u32 flags, u32 seen, u64 deadline,
                     u32 *delivered)
{
    struct bp_receive receive = {.state = BP_RECEIVE_WAITING};
    enum bp_watch_kind kind = BP_WATCH_THREAD;
    size_t len;
    int ret;

    bp_lock(&file->lock);
    if (bp_fifo_used(&file->fifo) > seen || !more_may_come(file)) {
        bp_unlock(&file->lock);
        return 0;
    }
    if (to->left && !(flags & (MSG_PEEK | MSG_TRUNC)) && !(file->state & BP_STATE_RIGHTS)) {
        receive.buf = bp_iter_piece(to, &len);
        receive.len = (u32)len;
        kind = BP_WATCH_RECEIVER;
        bp_set(file->state, file->state | BP_STATE_RECEIVER);
        bp_current()->receive = &receive;
    }
    ret = bp_file_wait(file, BP_EVENTS_READ | EPOLLRDHUP, kind, deadline);
    while (unlikely(bp_load_acquire(&receive.state) == BP_RECEIVE_CLAIMED))
        bp_cpu_relax();
    *delivered = receive.done;
    if (receive.done)
        bp_iter_advance(to, receive.done);
    return ret == -ETIMEDOUT ? -EAGAIN : ret;
}

/* How much a read waits for (tcp(7), SO_RCVLOWAT; recv(2), MSG_WAITALL). */
static size_t target_of(const struct bp_file *file, size_t len, u32 flags)
{
    size_t least = file->state & BP_STATE_LOWAT ? (size_t)file->sock.rcvlowat : 1;

    if (flags & MSG_WAITALL || least > len)
        least = len;
    return least ? least : 1;
}

long bp_stream_recv(struct bp_file *file, struct bp_iter *to, u32 flags, struct bp_rights **rights)
{
    size_t target = target_of(file, to->left, flags);
    struct bp_iter start = *to;
    enum next next = GO_ON;
    size_t total = 0;
    u64 deadline = 0;
    long ret = 0;

    if (unlikely(!(file->mode & BP_MODE_READ)))
        return -EBADF;
    for (;;) {
        u32 delivered = 0, seen = bp_fifo_used(&file->fifo);

        if (seen) {
            if (flags & MSG_PEEK) {
                *to = start;
                total = 0;
            }
            ret = pull(file, to, flags, total != 0, rights, &next);
            if (ret < 0)
                break;
            total += (size_t)ret;
        }
        if (total >= target || next == STOP || (seen && !to->left))
            break;
        if (!more_may_come(file)) {
            ret = total ? 0 : bp_stream_nothing_comes(file);
            break;
        }
        ret = -EAGAIN;
        if (bp_stream_nonblocking(file, flags))
            break;
        if (!deadline)
            deadline = bp_stream_deadline(file, file->sock.receive_timeout);
        ret = wait_data(file, to, flags, flags & MSG_PEEK ? seen : 0, deadline, &delivered);
        total += delivered;
        if (ret || total >= target)
            break;
    }
    if (total)
        count(total);
    return total ? (long)total : ret;
}

long bp_stream_read(struct bp_file *file, struct bp_iter *to, u32 flags)
{
    return bp_stream_recv(file, to, flags, NULL);
}

/* The common case in one piece: nobody shares and the first chunk has it all. Everything else goes
 * the long way. */
long bp_stream_read_one(struct bp_file *file, u64 buf, u64 len, u32 flags)
{
    u32 used = bp_fifo_used(&file->fifo);
    struct iovec iov;
    struct bp_iter it;

    if (likely(used && !flags && !(BP_MAY_SHARE && bp_lock_shared))) {
        struct bp_chunk *chunk = file->fifo.first;
        u32 n = (u32)BP_MIN(len, (u64)used);

        if (likely(n && n <= chunk->end - chunk->begin && !chunk->sealed)) {
            if (unlikely(bp_copy_checked((void *)buf, chunk->data + chunk->begin, n)))
                return -EFAULT;
            bp_fifo_consume(&file->fifo, n, false, true);
            if (unlikely(file->state & BP_STATE_WANT_SPACE))
                announce_room(file);
            count(n);
            return n;
        }
    }
    it = bp_iter_one(&iov, buf, len);
    return bp_stream_recv(file, &it, flags, NULL);
}
