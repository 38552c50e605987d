/* Pipes: a pair of halves, one that only reads and one that only writes. */
#include "socket/pipe.h"
#include "base/uaccess.h"
#include "sched/hand.h"
#include "socket/fdtable.h"
#include "socket/host_limits.h"
#include "socket/socket_calls.h"
#include "socket/stream.h"

#include <errno.h>
#include <fcntl.h>

enum {
    PIPE_BYTES = 65536
};

long bp_install_two(struct bp_file *first, struct bp_file *second, bool cloexec, u64 user)
{
    struct bp_fdtable *table = bp_current()->fds;
    int fds[2];

    fds[0] = bp_fd_install(first, cloexec);
    fds[1] = fds[0] < 0 ? fds[0] : bp_fd_install(second, cloexec);
    if (fds[1] >= 0 && !bp_copy((void *)user, fds, sizeof(fds)))
        return 0;
    if (fds[0] >= 0)
        bp_fd_remove(table, (u32)fds[0]);
    if (fds[1] >= 0)
        bp_fd_remove(table, (u32)fds[1]);
    bp_file_drop(first);
    bp_file_drop(second);
    return fds[1] < 0 ? fds[1] : -EFAULT;
}

long bp_sys_pipe2(u64 fds, u64 flags)
{
    u32 mode =
        (flags & O_NONBLOCK ? BP_MODE_NONBLOCK : 0) | (flags & O_DIRECT ? BP_MODE_DIRECT : 0);
    struct bp_file *reader, *writer;

    if (flags & ~(u64)(O_CLOEXEC | O_NONBLOCK | O_DIRECT))
        return -EINVAL;
    reader = bp_pair_create(BP_FILE_PIPE, mode | BP_MODE_READ);
    if (!reader)
        return -ENFILE;
    writer = bp_pair_second(reader);
    writer->mode = (u8)(mode | BP_MODE_WRITE);
    bp_pair_adopt(writer);
    bp_hand_take(BP_HAND_FILE, writer);
    bp_stream_join(reader, writer, PIPE_BYTES, PIPE_BYTES);
    reader->state &= (u16)~BP_STATE_SEND;
    return bp_install_two(reader, writer, flags & O_CLOEXEC, fds);
}

long bp_sys_pipe(u64 fds)
{
    return bp_sys_pipe2(fds, 0);
}

void bp_pipe_release(struct bp_file *file)
{
    struct bp_file *first = bp_pair_first(file);

    bp_stream_detach(file, false);
    if (bp_pair_leave(file))
        bp_pair_free(first);
}

static struct bp_file *reading_end(struct bp_file *file)
{
    return file->mode & BP_MODE_READ ? file : file->peer;
}

long bp_pipe_get_size(struct bp_file *file)
{
    return reading_end(file)->limit;
}

/* Sizes are powers of two pages, at least one (fcntl(2), F_SETPIPE_SZ). */
long bp_pipe_set_size(struct bp_file *file, u64 size)
{
    struct bp_file *reader = reading_end(file);
    u32 rounded = BP_PAGE_SIZE;
    long ret = -EBUSY;

    if (size > 1U << 31)
        return -EINVAL;
    while (rounded < size)
        rounded *= 2;
    if (rounded > bp_host_limits.pipe_max)
        return -EPERM;
    bp_lock(&reader->lock);
    if (bp_fifo_used(&reader->fifo) <= rounded) {
        reader->limit = rounded;
        ret = rounded;
    }
    bp_unlock(&reader->lock);
    if (ret > 0 && bp_stream_has_room(reader)) {
        struct bp_file *writer = reader->peer;

        bp_lock(&writer->lock);
        bp_notify(writer, BP_EVENTS_WRITE);
        bp_unlock(&writer->lock);
    }
    return ret;
}
