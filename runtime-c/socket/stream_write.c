/* The writing side of streams. */
#include "base/clock.h"
#include "base/stats.h"
#include "base/uaccess.h"
#include "socket/async.h"
#include "socket/stream.h"
#include "socket/upcalls.h"
#include "socket/urgent.h"

#include <errno.h>
#include <signal.h>

static void count(const struct bp_file *file, u64 n)
{
    static const u8 stat_of[BP_FILE_STREAMS] = {[BP_FILE_TCP] = BP_STAT_TCP_BYTES,
                                                [BP_FILE_UNIX] = BP_STAT_UNIX_BYTES,
                                                [BP_FILE_PIPE] = BP_STAT_PIPE_BYTES};

    bp_stat_add(stat_of[file->kind], n);
    bp_current()->app_stats[BP_APP_STAT_WRITTEN_BYTES] += n;
}

static long broken_pipe(u32 flags)
{
    if (!(flags & MSG_NOSIGNAL))
        bp_upcalls.signal_self(SIGPIPE);
    return -EPIPE;
}

/* ---- straight into a waiting receiver's buffer ---- */

/* Takes the thread that waits longest in a read of this half off its list. The half's lock is held.
 */
static struct bp_thread *claim_receiver(struct bp_file *to)
{
    bp_list_for_each (node, &to->watches) {
        struct bp_watch *watch = bp_list_entry(node, struct bp_watch, node);
        struct bp_thread *thread;

        if (watch->kind != BP_WATCH_RECEIVER)
            continue;
        thread = bp_thread_of(watch->thread);
        if (!thread)
            continue; /* of another process: it will read from the FIFO */
        bp_unlink(&watch->node);
        bp_undo_forget();
        WRITE_ONCE(thread->receive->state, BP_RECEIVE_CLAIMED);
        return thread;
    }
    bp_set(to->state, to->state & ~BP_STATE_RECEIVER);
    return NULL;
}

/*
 * Returns bytes delivered; 0 sends the caller to the FIFO. So does a fault: the copy into the FIFO
 * then finds out whether the sender's buffer is at fault, and the receiver's own copy out of it
 * whether it is his.
 */
static size_t deliver_directly(struct bp_file *to, struct bp_iter *from)
{
    struct bp_thread *thread = NULL;
    struct bp_receive *receive;
    size_t len;
    u8 *src;

    bp_lock(&to->lock);
    if (!bp_fifo_used(&to->fifo))
        thread = claim_receiver(to);
    bp_unlock(&to->lock);
    if (!thread)
        return 0;
    receive = thread->receive;
    src = bp_iter_piece(from, &len);
    len = BP_MIN(len, (size_t)receive->len);
    if (unlikely(bp_copy_checked(receive->buf, src, len)))
        len = 0;
    receive->done = (u32)len;
    bp_unpark(thread); /* first: once done, the thread may be gone */
    bp_store_release(&receive->state, BP_RECEIVE_DONE);
    bp_iter_advance(from, len);
    if (len)
        bp_stat_inc(BP_STAT_DIRECT);
    return len;
}

/* ---- into the FIFO ---- */

/* Takes back a chunk that a failed write would leave empty. */
static void drop_empty(struct bp_fifo *fifo)
{
    if (fifo->first && fifo->first->begin == fifo->first->end)
        bp_fifo_shift(fifo);
}

/* Copies as much as fits behind the bytes of a chunk. Returns how many, or -EFAULT. */
static long fill(const struct bp_chunk *chunk, struct bp_iter *from, size_t max)
{
    size_t done = 0, len;

    max = BP_MIN(BP_MIN(max, from->left), (size_t)(chunk->capacity - chunk->end));
    for (; done < max; done += len) {
        const u8 *src = bp_iter_piece(from, &len);

        len = BP_MIN(len, max - done);
        if (bp_copy_checked((u8 *)chunk->data + chunk->end + done, src, len))
            return done ? (long)done : -EFAULT;
        bp_iter_advance(from, len);
    }
    return (long)done;
}

/*
 * Appends at most max bytes to the last chunk, or to a new one when that has no room for `least`.
 * They are there at once, or not at all. Returns bytes, -EFAULT, -ENOBUFS.
 */
static long push_piece(struct bp_file *to, struct bp_iter *from, size_t max, size_t least)
{
    struct bp_chunk *chunk;
    long n;

    bp_lock(&to->lock);
    chunk = bp_fifo_reserve(&to->fifo, max, least, false);
    bp_set(to->state, to->state | BP_STATE_WRITING);
    bp_unlock(&to->lock);
    if (unlikely(!chunk))
        return -ENOBUFS;
    n = fill(chunk, from, max);
    bp_lock(&to->lock);
    bp_undo_owe(to);
    bp_set(to->state, to->state & ~BP_STATE_WRITING);
    if (likely(n > 0))
        bp_fifo_commit(&to->fifo, chunk, (u32)n, false);
    else
        drop_empty(&to->fifo);
    bp_unlock(&to->lock);
    return n;
}

/*
 * Appends a chunk that stands for itself: with descriptors or credentials, or a packet. Nothing is
 * appended to it and a read ends at its end.
 */
static long push_sealed(struct bp_file *to, struct bp_iter *from, size_t max,
                        struct bp_rights **rights)
{
    struct bp_chunk *chunk = bp_chunk_get(max);
    u32 room;

    if (!chunk)
        return -ENOBUFS;
    room = (u32)BP_MIN(max, (size_t)chunk->capacity);
    while (chunk->end < room) {
        size_t len;
        u8 *src = bp_iter_piece(from, &len);

        len = BP_MIN(len, (size_t)(room - chunk->end));
        if (bp_copy_checked(chunk->data + chunk->end, src, len)) {
            bp_chunk_put(chunk);
            bp_undo_forget();
            return -EFAULT;
        }
        bp_iter_advance(from, len);
        chunk->end += (u32)len;
    }
    chunk->sealed = 1;
    chunk->packet = rights == NULL;
    if (rights) {
        chunk->rights = *rights;
        bp_hand_put(*rights);
        *rights = NULL;
    }
    room = chunk->end;
    bp_lock(&to->lock);
    bp_undo_owe(to);
    bp_fifo_append(&to->fifo, chunk);
    bp_set(to->fifo.tail, to->fifo.tail + room);
    bp_unlock(&to->lock);
    return room;
}

/* How many bytes may go now: PIPE_BUF or less go to a pipe at once or not at all (pipe(7)). */
static size_t room_for(const struct bp_file *to, size_t wanted)
{
    u32 used = bp_fifo_used(&to->fifo);
    size_t room = used < to->limit ? to->limit - used : 0;

    if (to->kind == BP_FILE_PIPE && wanted <= PIPE_BUF && room < wanted)
        return 0;
    return BP_MIN(room, wanted);
}

/* Tells who waits for bytes, or for urgent ones. */
static void announce_bytes(struct bp_file *to, bool urgent)
{
    bp_lock(&to->lock);
    if (urgent)
        bp_async_urgent(to);
    if (bp_fifo_used(&to->fifo))
        bp_notify(to, BP_EVENTS_READ | (urgent ? EPOLLPRI : 0));
    bp_unlock(&to->lock);
}

/* With the half's write turn: as much as fits now; urgent is what the last byte is to be. Returns
 * bytes, or -EAGAIN, -EFAULT, -ENOBUFS when none did. */
static long transfer(struct bp_file *file, struct bp_file *to, struct bp_iter *from, bool urgent,
                     struct bp_rights **rights)
{
    size_t done = 0, room;
    bool packets = file->mode & BP_MODE_DIRECT;
    size_t least = to->kind == BP_FILE_PIPE && from->left <= PIPE_BUF ? from->left : 1;
    long ret = -EAGAIN;

    if (READ_ONCE(to->state) & BP_STATE_RECEIVER && !*rights && !packets && !urgent)
        done = deliver_directly(to, from);
    room = from->left ? room_for(to, from->left) : 0;
    urgent = urgent && room == from->left; /* the last byte goes now */
    for (size_t end = done + room - urgent; done < end;) {
        if (unlikely(*rights != NULL))
            ret = push_sealed(to, from, end - done, rights);
        else if (unlikely(packets))
            ret = push_sealed(to, from, BP_MIN(end - done, (size_t)PIPE_BUF), NULL);
        else
            ret = push_piece(to, from, end - done, BP_MIN(least, end - done));
        if (ret < 0)
            break;
        done += (size_t)ret;
    }
    if (unlikely(urgent && from->left == 1)) {
        ret = bp_urgent_push(to, from);
        urgent = ret > 0;
        done += urgent;
    }
    if (done)
        announce_bytes(to, urgent);
    return done ? (long)done : ret;
}

u32 bp_stream_arrive(struct bp_file *to, const void *data, u32 len)
{
    struct bp_rights *none = NULL;
    struct iovec iov;
    struct bp_iter it = bp_iter_one(&iov, (u64)data, len);
    long done;

    bp_lock(&to->write_turn);
    done = transfer(to->peer, to, &it, false, &none);
    bp_unlock(&to->write_turn);
    return done > 0 ? (u32)done : 0;
}

bool bp_stream_arrive_urgent(struct bp_file *to, u8 byte, bool signals)
{
    struct iovec iov;
    struct bp_iter it = bp_iter_one(&iov, (u64)&byte, 1);
    long done;

    bp_lock(&to->write_turn);
    done = bp_urgent_push(to, &it);
    bp_unlock(&to->write_turn);
    if (done <= 0)
        return false;
    bp_lock(&to->lock);
    if (signals)
        bp_async_urgent(to);
    bp_notify(to, BP_EVENTS_READ | EPOLLPRI);
    bp_unlock(&to->lock);
    return true;
}

/* ---- why not, and until when ---- */

/* The peer is closed and nothing came back yet: TCP takes the bytes and learns of the reset by
 * their answer. */
static long write_to_closed(struct bp_file *file, struct bp_iter *from)
{
    long n = (long)from->left;

    bp_iter_advance(from, from->left);
    bp_stream_reset(file, EPIPE);
    return n;
}

long bp_stream_refuse(struct bp_file *file, struct bp_iter *from, u32 flags)
{
    u32 state = READ_ONCE(file->state);
    int error;

    if (!(file->mode & BP_MODE_WRITE))
        return -EBADF;
    if (file->kind == BP_FILE_PIPE)
        return from->left ? broken_pipe(flags) : 0;
    if (state & BP_STATE_SHUT_WRITE && file->kind == BP_FILE_UNIX)
        return broken_pipe(flags);
    error = bp_stream_take_error(file);
    if (error)
        return error == EPIPE ? broken_pipe(flags) : -error;
    if (state & BP_STATE_NO_WRITE)
        return broken_pipe(flags);
    if (state & BP_STATE_PEER_GONE)
        return bp_file_is_tcp(file) ? write_to_closed(file, from) : broken_pipe(flags);
    if (state & BP_STATE_CONNECTING)
        return -EAGAIN;
    return bp_file_is_tcp(file) ? broken_pipe(flags) : -ENOTCONN;
}

/* Waits until there is room, or the state changes. */
static int wait_space(struct bp_file *file, u64 deadline)
{
    struct bp_watch *watch;
    int ret;

    bp_lock(&file->lock);
    ret = bp_watch_thread(&watch, file, BP_EVENTS_WRITE, BP_WATCH_THREAD);
    bp_park_begin();
    bp_unlock(&file->lock);
    if (ret || bp_stream_poll(file, BP_EVENTS_WRITE)) {
        bp_park_cancel();
        if (!ret)
            bp_watch_end(watch);
        return ret;
    }
    ret = bp_watch_park(watch, deadline);
    return ret == -ETIMEDOUT ? -EAGAIN : ret;
}

/* Credentials go along when the receiver asked for them (SO_PASSCRED). */
static long attach_credentials(struct bp_rights **rights)
{
    *rights = bp_rights_create();
    if (!*rights)
        return -ENOBUFS;
    bp_upcalls.credentials(&(*rights)->cred);
    return 0;
}

long bp_stream_send(struct bp_file *file, struct bp_iter *from, u32 flags,
                    struct bp_rights **rights)
{
    struct bp_file *to = file->peer;
    struct bp_rights *none = NULL;
    size_t total = 0;
    u64 deadline = 0;
    long ret = 0;

    for (;;) {
        if (unlikely(!(READ_ONCE(file->state) & BP_STATE_SEND))) {
            ret = bp_stream_refuse(file, from, total ? flags | MSG_NOSIGNAL : flags);
            total += ret > 0 ? (size_t)ret : 0;
            if (ret != -EAGAIN)
                break;
        } else {
            to = file->peer;
            if (!from->left)
                break;
            if (unlikely(to->state & BP_STATE_RIGHTS && !rights && file->kind == BP_FILE_UNIX)) {
                ret = attach_credentials(&none);
                if (ret)
                    break;
            }
            bp_lock(&to->write_turn);
            ret = transfer(file, to, from, flags & MSG_OOB, rights ? rights : &none);
            bp_unlock(&to->write_turn);
            bp_rights_drop(none);
            none = NULL;
            total += ret > 0 ? (size_t)ret : 0;
            if (!from->left || (ret < 0 && ret != -EAGAIN))
                break;
        }
        ret = -EAGAIN;
        if (bp_stream_nonblocking(file, flags)) {
            bp_stream_poll(file,
                           BP_EVENTS_WRITE); /* an edge-triggered watch wants to hear of room */
            break;
        }
        if (!deadline)
            deadline = bp_stream_deadline(file, file->sock.send_timeout);
        ret = wait_space(file, deadline);
        if (ret)
            break;
    }
    if (total)
        count(file, total);
    return total ? (long)total : ret;
}

long bp_stream_write(struct bp_file *file, struct bp_iter *from, u32 flags)
{
    return bp_stream_send(file, from, flags, NULL);
}

/*
 * The common case in one piece: nobody shares, the bytes fit the peer's last chunk or a small one,
 * and nobody is parked in a read. Everything else goes the long way.
 */
long bp_stream_write_one(struct bp_file *file, u64 buf, u64 len, u32 flags)
{
    struct bp_file *to = file->peer;
    struct iovec iov;
    struct bp_iter it;

    if (likely(file->state & BP_STATE_SEND && !(BP_MAY_SHARE && bp_lock_shared) &&
               len - 1 < BP_CHUNK_SMALL_BYTES &&
               !(to->state & (BP_STATE_RECEIVER | BP_STATE_RIGHTS)) &&
               !(file->mode & BP_MODE_DIRECT) && bp_fifo_used(&to->fifo) + len <= to->limit)) {
        struct bp_chunk *chunk = bp_fifo_reserve(&to->fifo, len, 1, true);

        if (likely(chunk && len <= chunk->capacity - chunk->end)) {
            if (unlikely(bp_copy_checked(chunk->data + chunk->end, (const void *)buf, len))) {
                drop_empty(&to->fifo);
                return -EFAULT;
            }
            bp_fifo_commit(&to->fifo, chunk, (u32)len, true);
            bp_notify(to, BP_EVENTS_READ);
            count(file, len);
            return (long)len;
        }
    }
    it = bp_iter_one(&iov, buf, len);
    return bp_stream_send(file, &it, flags, NULL);
}
