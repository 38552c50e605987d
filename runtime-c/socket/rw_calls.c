/* read(2), write(2) and their relatives. */
#include "base/host.h"
#include "socket/fdtable.h"
#include "socket/hostfile.h"
#include "socket/socket_calls.h"
#include "socket/stream.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

static long read_other(struct bp_file *file, u64 buf, u64 count)
{
    struct iovec iov;
    struct bp_iter it = bp_iter_one(&iov, buf, count);

    if (!(file->mode & BP_MODE_READ))
        return -EBADF;
    return bp_file_ops[file->kind]->read(file, &it, 0);
}

static long write_other(struct bp_file *file, u64 buf, u64 count)
{
    struct iovec iov;
    struct bp_iter it = bp_iter_one(&iov, buf, count);

    if (!(file->mode & BP_MODE_WRITE))
        return -EBADF;
    return bp_file_ops[file->kind]->write(file, &it, 0);
}

long bp_sys_read(u64 fd, u64 buf, u64 count)
{
    struct bp_file *file = bp_fd_get(fd);
    long ret;

    if (unlikely(!file))
        return -EBADF;
    if (bp_beyond_user_memory(buf, count))
        ret = file->mode & BP_MODE_READ ? -EFAULT : -EBADF;
    else if (unlikely(!bp_file_is_stream(file)))
        ret = read_other(file, buf, count);
    else if (likely(count))
        ret = bp_stream_read_one(file, buf, count, 0);
    else
        ret = file->mode & BP_MODE_READ ? 0 : -EBADF;
    bp_fd_put(file);
    return ret;
}

long bp_sys_write(u64 fd, u64 buf, u64 count)
{
    struct bp_file *file = bp_fd_get(fd);
    long ret;

    if (unlikely(!file))
        return -EBADF;
    if (bp_beyond_user_memory(buf, count))
        ret = file->mode & BP_MODE_WRITE ? -EFAULT : -EBADF;
    else if (likely(bp_file_is_stream(file)))
        ret = bp_stream_write_one(file, buf, count, 0);
    else
        ret = write_other(file, buf, count);
    bp_fd_put(file);
    return ret;
}

/* ---- several buffers ---- */

/* Fetches the buffers, then reads or writes them. */
static long vector(struct bp_file *file, bool writes, u64 user, u64 count)
{
    const struct bp_file_ops *ops = bp_file_ops[file->kind];
    struct bp_iov iov;
    long ret;

    if (!(file->mode & (writes ? BP_MODE_WRITE : BP_MODE_READ)))
        return -EBADF;
    ret = bp_iov_import(&iov, user, count);
    if (ret)
        return ret;
    if (iov.it.left)
        ret = writes ? ops->write(file, &iov.it, 0) : ops->read(file, &iov.it, 0);
    bp_iov_release(&iov);
    return ret;
}

static long vector_call(u64 fd, bool writes, u64 user, u64 count)
{
    struct bp_file *file = bp_fd_get(fd);
    long ret;

    if (unlikely(!file))
        return -EBADF;
    ret = vector(file, writes, user, count);
    bp_fd_put(file);
    return ret;
}

long bp_sys_readv(u64 fd, u64 iov, u64 count)
{
    return vector_call(fd, false, iov, count);
}

long bp_sys_writev(u64 fd, u64 iov, u64 count)
{
    return vector_call(fd, true, iov, count);
}

/* ---- at an offset ---- */

/* Only the host's files have a position; eventfds, timers and epoll instances take any and stay at
 * 0. */
long bp_sys_lseek(u64 fd, u64 offset, u64 whence)
{
    struct bp_file *file = bp_fd_get(fd);
    long ret;

    if (!file)
        return -EBADF;
    if (file->kind == BP_FILE_HOST)
        ret = bp_host(SYS_lseek, file->host_fd, offset, whence);
    else if ((u32)whence > SEEK_HOLE)
        ret = -EINVAL;
    else
        ret = bp_file_is_stream(file) || file->kind == BP_FILE_LISTENER ||
                      file->kind == BP_FILE_ATTACHED
                  ? -ESPIPE
                  : 0;
    bp_fd_put(file);
    return ret;
}

/* Only the host's files have offsets. */
static long at_offset(struct bp_file *file, bool writes, struct bp_iter *it, s64 offset, u32 flags)
{
    if (file->kind != BP_FILE_HOST)
        return -ESPIPE;
    return writes ? bp_hostfile_pwrite(file, it, offset, flags)
                  : bp_hostfile_pread(file, it, offset, flags);
}

static long offset_call(u64 fd, bool writes, u64 buf, u64 count, s64 offset)
{
    struct bp_file *file = offset < 0 ? NULL : bp_fd_get(fd);
    struct iovec iov;
    struct bp_iter it = bp_iter_one(&iov, buf, count);
    long ret;

    if (offset < 0)
        return -EINVAL;
    if (!file)
        return -EBADF;
    if (bp_beyond_user_memory(buf, count) &&
        (file->kind == BP_FILE_HOST || bp_in_arena((void *)buf)))
        ret = -EFAULT;
    else
        ret = at_offset(file, writes, &it, offset, 0);
    bp_fd_put(file);
    return ret;
}

long bp_sys_pread64(u64 fd, u64 buf, u64 count, u64 offset)
{
    return offset_call(fd, false, buf, count, (s64)offset);
}

long bp_sys_pwrite64(u64 fd, u64 buf, u64 count, u64 offset)
{
    return offset_call(fd, true, buf, count, (s64)offset);
}

/* flags: RWF_*. Offset -1 means the description's position, which all kinds have (preadv2(2)). */
static long vector_offset_call(u64 fd, bool writes, u64 user, u64 count, s64 offset, u64 flags,
                               bool may_be_none)
{
    struct bp_file *file;
    struct bp_iov iov;
    long ret;

    if (offset < 0 && !(may_be_none && offset == -1))
        return -EINVAL;
    file = bp_fd_get(fd);
    if (!file)
        return -EBADF;
    if (file->kind != BP_FILE_HOST && offset == -1) {
        ret = flags ? -EOPNOTSUPP : vector(file, writes, user, count);
    } else {
        ret = bp_iov_import(&iov, user, count);
        if (!ret) {
            ret = at_offset(file, writes, &iov.it, offset, (u32)flags);
            bp_iov_release(&iov);
        }
    }
    bp_fd_put(file);
    return ret;
}

/* The high half of the offset is for 32-bit callers; on x86-64 the low argument has it all. */
long bp_sys_preadv(u64 fd, u64 iov, u64 count, u64 offset_low, u64 offset_high)
{
    (void)offset_high;
    return vector_offset_call(fd, false, iov, count, (s64)offset_low, 0, false);
}

long bp_sys_pwritev(u64 fd, u64 iov, u64 count, u64 offset_low, u64 offset_high)
{
    (void)offset_high;
    return vector_offset_call(fd, true, iov, count, (s64)offset_low, 0, false);
}

long bp_sys_preadv2(u64 fd, u64 iov, u64 count, u64 offset_low, u64 offset_high, u64 flags)
{
    (void)offset_high;
    return vector_offset_call(fd, false, iov, count, (s64)offset_low, flags, true);
}

long bp_sys_pwritev2(u64 fd, u64 iov, u64 count, u64 offset_low, u64 offset_high, u64 flags)
{
    (void)offset_high;
    return vector_offset_call(fd, true, iov, count, (s64)offset_low, flags, true);
}
