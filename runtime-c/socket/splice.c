/*
 * splice(2), tee(2), vmsplice(2). Bytes are copied by way of one chunk of the arena, except between
 * two descriptors of the host, which the kernel joins itself. At least one side is a pipe. What was
 * taken from a fused description and not accepted on the other side is put back; of the host's, no
 * more is taken than there is room for.
 */
#include "base/uaccess.h"
#include "sched/hand.h"
#include "sched/offload.h"
#include "socket/fdtable.h"
#include "socket/hostfile.h"
#include "socket/socket_calls.h"
#include "socket/stream.h"
#include "socket/upcalls.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define KNOWN_FLAGS ((u64)(SPLICE_F_MOVE | SPLICE_F_NONBLOCK | SPLICE_F_MORE | SPLICE_F_GIFT))

/* One end of a transfer. */
struct side {
    struct bp_file *file;
    s64 offset;       /* in a file of the host; -1: its own position */
    bool nonblocking; /* do not wait here */
};

static bool is_pipe(const struct bp_file *file)
{
    return file->kind == BP_FILE_PIPE || (file->kind == BP_FILE_HOST && file->host.type == S_IFIFO);
}

/* The kinds that splice(2) can read and write. */
static bool can_splice(const struct bp_file *file)
{
    return bp_file_is_stream(file) || (file->kind == BP_FILE_HOST && file->host.type != S_IFDIR);
}

static bool both_of_host(const struct bp_file *in, const struct bp_file *out)
{
    return in->kind == BP_FILE_HOST && out->kind == BP_FILE_HOST;
}

/* ---- waiting ---- */

static int wait_for(struct bp_file *file, u32 events)
{
    struct bp_watch *watch;
    int ret;

    bp_lock(&file->lock);
    ret = bp_watch_thread(&watch, file, events, BP_WATCH_THREAD);
    bp_park_begin();
    bp_unlock(&file->lock);
    if (ret || bp_file_ops[file->kind]->poll(file, events)) {
        bp_park_cancel();
        if (!ret)
            bp_watch_end(watch);
        return ret;
    }
    ret = bp_park(BP_NEVER);
    return bp_watch_end(watch) ? 0 : ret;
}

/* Waits until a call on the side would not. Ends and errors count: the call will tell. */
static int await(const struct side *side, u32 events)
{
    int ret = 0;

    while (!ret && !bp_file_ops[side->file->kind]->poll(side->file, events))
        ret = side->nonblocking ? -EAGAIN : wait_for(side->file, events);
    return ret;
}

/* A pipe that nobody reads any more: known before anything is taken from the other side. */
static int check_readers(const struct bp_file *out)
{
    if (out->kind != BP_FILE_PIPE || READ_ONCE(out->state) & BP_STATE_SEND)
        return 0;
    bp_upcalls.signal_self(SIGPIPE);
    return -EPIPE;
}

/* ---- the host's own ---- */

/* args has the host's descriptors; its flags are at flags_at. */
static long between_hosts(long nr, const struct side *in, const struct side *out, long args[6],
                          u32 flags_at)
{
    bool nonblocking = in->nonblocking || out->nonblocking;
    long ret;

    args[flags_at] |= SPLICE_F_NONBLOCK;
    do {
        ret = await(in, EPOLLIN);
        if (!ret)
            ret = await(out, EPOLLOUT);
        if (!ret)
            ret = bp_offload(nr, args);
        else
            nonblocking = true;
    } while (ret == -EAGAIN && !nonblocking);
    return ret;
}

/* ---- copying ---- */

/* What was waited for has gone again: another one reads or writes there, too. */
static bool others_were_faster(const struct side *in, const struct side *out, long ret)
{
    return ret == -EAGAIN && !in->nonblocking && !out->nonblocking;
}

/* How much may be taken now for the other side to accept it. */
static size_t room_of(const struct bp_file *out)
{
    u32 used;

    if (!bp_file_is_stream(out) || !(READ_ONCE(out->state) & BP_STATE_SEND))
        return BP_CHUNK_LARGE_BYTES;
    used = bp_fifo_used(&out->peer->fifo);
    return used < out->peer->limit ? out->peer->limit - used : 0;
}

/* A chunk that bytes go by, over waits too: in the hand. */
static struct bp_chunk *get_chunk(size_t want)
{
    struct bp_chunk *chunk = bp_chunk_get(want);

    if (chunk)
        bp_hand_take(BP_HAND_CHUNK, chunk);
    bp_undo_forget();
    return chunk;
}

static void put_chunk(struct bp_chunk *chunk)
{
    bp_hand_put(chunk);
    bp_chunk_put(chunk);
    bp_undo_forget();
}

/* Fills an empty chunk. flags: MSG_*. Returns bytes or negative errno. */
static long take(struct side *in, struct bp_chunk *chunk, size_t count, u32 flags)
{
    struct iovec iov;
    struct bp_iter it = bp_iter_one(&iov, (u64)chunk->data, BP_MIN(count, (size_t)chunk->capacity));
    long n;

    if (in->offset >= 0)
        n = bp_hostfile_pread(in->file, &it, in->offset, 0);
    else
        n = bp_file_ops[in->file->kind]->read(in->file, &it, flags | MSG_DONTWAIT);
    chunk->end = n > 0 ? (u32)n : 0;
    return n;
}

static long give(struct side *out, struct bp_chunk *chunk)
{
    struct iovec iov;
    struct bp_iter it = bp_iter_one(&iov, (u64)chunk->data, chunk->end);
    long n;

    if (out->offset >= 0)
        n = bp_hostfile_pwrite(out->file, &it, out->offset, 0);
    else
        n = bp_file_ops[out->file->kind]->write(out->file, &it, 0);
    chunk->begin = n > 0 ? (u32)n : 0;
    return n;
}

/* What the out side did not take is the first to be read again. The chunk is used up. */
static void put_back(struct bp_file *in, struct bp_chunk *chunk)
{
    bool back = chunk->begin < chunk->end && bp_file_is_stream(in);

    if (!back) {
        put_chunk(chunk);
        return;
    }
    bp_lock(&in->read_turn);
    bp_lock(&in->lock);
    bp_undo_owe(in);
    bp_hand_put(chunk);
    bp_fifo_unread(&in->fifo, chunk);
    bp_notify(in, BP_EVENTS_READ);
    bp_unlock(&in->lock);
    bp_unlock(&in->read_turn);
}

static void advance(struct side *side, long n)
{
    if (side->offset >= 0)
        side->offset += n;
}

/* Waits for both sides, then moves up to count bytes. Returns bytes, 0 at the end of the in side,
 * or negative errno. */
static long move_some(struct side *in, struct side *out, size_t count)
{
    struct bp_chunk *chunk;
    long ret = await(in, EPOLLIN);

    if (!ret)
        ret = await(out, EPOLLOUT);
    if (!ret)
        ret = check_readers(out->file);
    if (ret)
        return ret;
    count = BP_MIN(BP_MIN(count, room_of(out->file)), (size_t)BP_CHUNK_LARGE_BYTES);
    chunk = get_chunk(count);
    if (!chunk)
        return -ENOMEM;
    ret = take(in, chunk, count, 0);
    if (ret > 0) {
        ret = give(out, chunk);
        advance(in, ret > 0 && !bp_file_is_stream(in->file) ? (long)chunk->end : 0);
        advance(out, ret > 0 ? ret : 0);
    }
    put_back(in->file, chunk);
    return ret;
}

/* Goes on with what is there; once something was moved, nothing is waited for. */
static long move(struct side *in, struct side *out, size_t len)
{
    size_t total = 0;
    long ret;

    do {
        ret = move_some(in, out, len - total);
        if (others_were_faster(in, out, ret))
            continue;
        if (ret <= 0)
            break;
        total += (size_t)ret;
        in->nonblocking = out->nonblocking = true;
    } while (total < len);
    return total ? (long)total : ret;
}

/* ---- splice ---- */

/* A file that can be read and written at an offset. */
static bool has_offsets(const struct bp_file *file)
{
    return file->kind == BP_FILE_HOST && !file->host.pollable;
}

static long check_offset(const struct side *side, u64 user)
{
    if (!user)
        return 0;
    return has_offsets(side->file) && side->offset >= 0 ? 0 : -EINVAL;
}

static long check(const struct side *in, const struct side *out, u64 in_offset, u64 out_offset)
{
    bool from_pipe = is_pipe(in->file), to_pipe = is_pipe(out->file);
    long ret;

    if (!(in->file->mode & BP_MODE_READ) || !(out->file->mode & BP_MODE_WRITE))
        return -EBADF;
    if (!from_pipe && !to_pipe)
        return -EINVAL;
    if (from_pipe && to_pipe)
        return in->file == out->file || in->file->peer == out->file ? -EINVAL : 0;
    ret = check_offset(in, in_offset);
    if (!ret)
        ret = check_offset(out, out_offset);
    if (!ret && from_pipe && bp_file_status_flags(out->file) & O_APPEND)
        ret = -EINVAL;
    return ret ? ret : can_splice(in->file) && can_splice(out->file) ? 0 : -EINVAL;
}

/* SPLICE_F_NONBLOCK and the O_NONBLOCK of pipes are about the pipes; that of other sides about
 * themselves. */
static void set_blocking(struct side *in, struct side *out, u64 flags)
{
    bool of_in = in->file->mode & BP_MODE_NONBLOCK, of_out = out->file->mode & BP_MODE_NONBLOCK;
    bool pipes =
        flags & SPLICE_F_NONBLOCK || (of_in && is_pipe(in->file)) || (of_out && is_pipe(out->file));

    in->nonblocking = of_in || pipes;
    out->nonblocking = of_out || (pipes && is_pipe(out->file));
}

static long get_offset(struct side *side, u64 user)
{
    side->offset = -1;
    if (!user)
        return 0;
    return is_pipe(side->file) ? -ESPIPE : bp_get_user64((u64 *)&side->offset, (const u64 *)user);
}

static long put_offset(const struct side *side, u64 user)
{
    return user ? bp_put_user64((u64 *)user, (u64)side->offset) : 0;
}

static long splice_sides(struct side *in, u64 in_offset, struct side *out, u64 out_offset,
                         size_t len, u64 flags)
{
    long ret = get_offset(out, out_offset);

    if (!ret)
        ret = get_offset(in, in_offset);
    if (!ret)
        ret = check(in, out, in_offset, out_offset);
    if (ret)
        return ret;
    set_blocking(in, out, flags);
    if (both_of_host(in->file, out->file)) {
        long args[6] = {in->file->host_fd, (long)in_offset, out->file->host_fd,
                        (long)out_offset,  (long)len,       (long)flags};

        return between_hosts(SYS_splice, in, out, args, 5);
    }
    ret = move(in, out, BP_MIN(len, (size_t)BP_RW_MAX));
    if (ret > 0 && (put_offset(out, out_offset) || put_offset(in, in_offset)))
        return -EFAULT;
    return ret;
}

long bp_sys_splice(u64 in_fd, u64 in_offset, u64 out_fd, u64 out_offset, u64 len, u64 flags)
{
    struct side in, out;
    long ret = -EBADF;

    if (!len)
        return 0;
    flags = (u32)flags;
    if (flags & ~KNOWN_FLAGS)
        return -EINVAL;
    in.file = bp_fd_get(in_fd);
    out.file = bp_fd_get(out_fd);
    if (in.file && out.file)
        ret = splice_sides(&in, in_offset, &out, out_offset, len, flags);
    if (in.file)
        bp_fd_put(in.file);
    if (out.file)
        bp_fd_put(out.file);
    return ret;
}

/* ---- tee ---- */

static long copy(struct side *in, struct side *out, size_t len)
{
    struct bp_chunk *chunk;
    long ret = await(in, EPOLLIN);

    if (!ret)
        ret = await(out, EPOLLOUT);
    if (!ret)
        ret = check_readers(out->file);
    if (ret)
        return ret;
    len = BP_MIN(BP_MIN(len, room_of(out->file)), (size_t)BP_CHUNK_LARGE_BYTES);
    chunk = get_chunk(len);
    if (!chunk)
        return -ENOMEM;
    ret = take(in, chunk, len, MSG_PEEK);
    if (ret > 0)
        ret = give(out, chunk);
    put_chunk(chunk);
    return ret;
}

static long tee_sides(struct side *in, struct side *out, u64 len, u64 flags)
{
    long ret;

    if (!(in->file->mode & BP_MODE_READ) || !(out->file->mode & BP_MODE_WRITE))
        return -EBADF;
    if (!is_pipe(in->file) || !is_pipe(out->file) || in->file == out->file ||
        in->file->peer == out->file)
        return -EINVAL;
    in->offset = out->offset = -1;
    set_blocking(in, out, flags);
    if (both_of_host(in->file, out->file)) {
        long args[6] = {in->file->host_fd, out->file->host_fd, (long)len, (long)flags};

        return between_hosts(SYS_tee, in, out, args, 3);
    }
    if (in->file->kind == BP_FILE_HOST)
        return -EINVAL; /* the host's pipe cannot be read without taking */
    do
        ret = copy(in, out, len);
    while (others_were_faster(in, out, ret));
    return ret;
}

long bp_sys_tee(u64 in_fd, u64 out_fd, u64 len, u64 flags)
{
    struct side in, out;
    long ret = -EBADF;

    flags = (u32)flags;
    if (flags & ~KNOWN_FLAGS)
        return -EINVAL;
    if (!len)
        return 0;
    in.file = bp_fd_get(in_fd);
    out.file = bp_fd_get(out_fd);
    if (in.file && out.file)
        ret = tee_sides(&in, &out, len, flags);
    if (in.file)
        bp_fd_put(in.file);
    if (out.file)
        bp_fd_put(out.file);
    return ret;
}

/* ---- vmsplice ---- */

/* The pages are copied: a program that changes them afterwards has not gone by vmsplice(2). */
static long vmsplice_side(struct side *side, struct bp_iter *it)
{
    const struct bp_file_ops *ops = bp_file_ops[side->file->kind];
    bool writes = side->file->mode & BP_MODE_WRITE;
    long ret = await(side, writes ? EPOLLOUT : EPOLLIN);

    if (ret)
        return ret;
    if (!writes)
        return ops->read(side->file, it, MSG_DONTWAIT);
    /* Of the host's pipe only what is known to fit: it has room for PIPE_BUF bytes now. */
    if (side->file->kind == BP_FILE_HOST)
        it->left = BP_MIN(it->left, (size_t)PIPE_BUF);
    return ops->write(side->file, it, MSG_DONTWAIT);
}

long bp_sys_vmsplice(u64 fd, u64 user_iov, u64 count, u64 flags)
{
    struct side side = {.nonblocking = flags & SPLICE_F_NONBLOCK};
    struct bp_iov iov;
    long ret;

    flags = (u32)flags;
    if (flags & ~KNOWN_FLAGS)
        return -EINVAL;
    side.file = bp_fd_get(fd);
    if (!side.file)
        return -EBADF;
    ret = side.file->mode & (BP_MODE_READ | BP_MODE_WRITE) ? bp_iov_import(&iov, user_iov, count)
                                                           : -EBADF;
    if (!ret) {
        if (iov.it.left)
            ret = is_pipe(side.file) ? vmsplice_side(&side, &iov.it) : -EBADF;
        bp_iov_release(&iov);
    }
    bp_fd_put(side.file);
    return ret;
}
