/* sendfile(2). */
#include "base/host.h"
#include "base/uaccess.h"
#include "sched/hand.h"
#include "socket/fdtable.h"
#include "socket/hostfile.h"
#include "socket/socket_calls.h"
#include "socket/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * One chunk's worth from the file into the out description. A buffer of the arena lies between: the
 * file's pages are read once, and written as any other data.
 */
static long copy_some(struct bp_file *out, struct bp_file *in, s64 *offset, size_t count,
                      u8 *buffer)
{
    struct iovec iov;
    struct bp_iter it = bp_iter_one(&iov, (u64)buffer, BP_MIN(count, (size_t)BP_CHUNK_LARGE_BYTES));
    long n, written;

    n = bp_hostfile_pread(in, &it, *offset, 0);
    if (n <= 0)
        return n;
    it = bp_iter_one(&iov, (u64)buffer, (u64)n);
    written = bp_file_ops[out->kind]->write(out, &it, 0);
    if (written > 0)
        *offset += written;
    return written;
}

/* With an offset of our own in any case: what the out side does not take must not be lost from the
 * in side. */
static long send_file(struct bp_file *out, struct bp_file *in, s64 *offset, size_t count)
{
    u8 *buffer = bp_buffer_get(BP_POOL_CHUNK_LARGE);
    size_t total = 0;
    long ret = 0;

    if (!buffer)
        return -ENOMEM;
    while (total < count) {
        ret = copy_some(out, in, offset, count - total, buffer);
        if (ret <= 0)
            break;
        total += (size_t)ret;
        if (out->mode & BP_MODE_NONBLOCK &&
            (size_t)ret < BP_MIN(count - total, (size_t)BP_CHUNK_LARGE_BYTES))
            break;
    }
    bp_buffer_put(BP_POOL_CHUNK_LARGE, buffer);
    return total ? (long)total : ret;
}

static long check(struct bp_file *out, const struct bp_file *in, bool with_offset)
{
    if (!(in->mode & BP_MODE_READ))
        return -EBADF;
    if (with_offset && (in->kind == BP_FILE_PIPE || in->kind == BP_FILE_TCP ||
                        in->kind == BP_FILE_UNIX || in->kind == BP_FILE_LISTENER))
        return -ESPIPE;
    if (!(out->mode & BP_MODE_WRITE))
        return -EBADF;
    if (in->kind != BP_FILE_HOST || in->host.pollable)
        return in->kind == BP_FILE_HOST && !in->host.is_socket ? -ESPIPE : -EINVAL;
    return bp_file_status_flags(out) & O_APPEND ? -EINVAL : 0;
}

static long send_from_position(struct bp_file *out, struct bp_file *in, size_t count)
{
    s64 offset = bp_host(SYS_lseek, in->host_fd, 0, SEEK_CUR);
    long ret;

    if (offset < 0)
        return offset;
    ret = send_file(out, in, &offset, count);
    if (ret > 0)
        bp_host(SYS_lseek, in->host_fd, offset, SEEK_SET);
    return ret;
}

long bp_sys_sendfile(u64 out_fd, u64 in_fd, u64 user_offset, u64 count)
{
    struct bp_file *in = bp_fd_get(in_fd), *out = bp_fd_get(out_fd);
    s64 offset = 0;
    long ret = in && out ? check(out, in, user_offset) : -EBADF;

    count = BP_MIN(count, (u64)BP_RW_MAX);
    if (!ret && user_offset) {
        ret = bp_get_user64((u64 *)&offset, (const u64 *)user_offset);
        if (!ret)
            ret = offset < 0 ? -EINVAL : send_file(out, in, &offset, count);
        if (ret > 0 && bp_put_user64((u64 *)user_offset, (u64)offset))
            ret = -EFAULT;
    } else if (!ret) {
        ret = send_from_position(out, in, count);
    }
    if (in)
        bp_fd_put(in);
    if (out)
        bp_fd_put(out);
    return ret;
}
