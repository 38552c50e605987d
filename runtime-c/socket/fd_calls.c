/* Calls on descriptors as such: close, dup, fcntl, ioctl. */
#include "base/host.h"
#include "base/uaccess.h"
#include "sched/offload.h"
#include "socket/async.h"
#include "socket/fdtable.h"
#include "socket/pipe.h"
#include "socket/reclock.h"
#include "socket/socket_calls.h"
#include "socket/upcalls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

long bp_sys_close(u64 fd)
{
    struct bp_file *file = bp_fd_remove(bp_current()->fds, (u32)fd);

    if (unlikely(!file))
        return -EBADF;
    bp_file_drop(file);
    return 0;
}

long bp_sys_close_range(u64 first, u64 last, u64 flags)
{
    struct bp_fdtable *table = bp_current()->fds;

    if (flags & ~(u64)CLOSE_RANGE_CLOEXEC || (u32)first > (u32)last)
        return -EINVAL; /* CLOSE_RANGE_UNSHARE too: threads share their program's table for good */
    for (u32 fd = (u32)first; fd <= (u32)last && fd < table->end; fd++) {
        if (flags & CLOSE_RANGE_CLOEXEC)
            bp_fd_set_cloexec(fd, true);
        else
            bp_sys_close(fd);
    }
    return 0;
}

/* ---- dup ---- */

/* A reference of its own, for another descriptor. */
static struct bp_file *get_held(u64 fd)
{
    struct bp_file *file = bp_fd_get(fd);

    if (file) {
        bp_file_hold(file);
        bp_fd_put(file);
    }
    return file;
}

static long dup_from(u64 fd, u64 min, bool cloexec)
{
    struct bp_file *file = get_held(fd);
    int ret;

    if (!file)
        return -EBADF;
    ret = bp_fd_install_from(bp_current()->fds, file, (u32)BP_MIN(min, (u64)BP_FD_MAX), cloexec);
    if (ret < 0)
        bp_file_drop(file);
    return ret;
}

static long dup_at(u64 fd, u64 to, bool cloexec)
{
    struct bp_file *file = get_held(fd);
    int ret;

    if (!file)
        return -EBADF;
    ret = bp_fd_install_at(bp_current()->fds, file, (u32)to, cloexec);
    if (ret < 0)
        bp_file_drop(file);
    return ret;
}

long bp_sys_dup(u64 fd)
{
    return dup_from(fd, 0, false);
}

long bp_sys_dup2(u64 fd, u64 to)
{
    if ((u32)fd == (u32)to)
        return bp_fd_get_cloexec(fd) < 0 ? -EBADF : (long)(u32)fd;
    return dup_at(fd, to, false);
}

long bp_sys_dup3(u64 fd, u64 to, u64 flags)
{
    if (flags & ~(u64)O_CLOEXEC || (u32)fd == (u32)to)
        return -EINVAL;
    return dup_at(fd, to, flags & O_CLOEXEC);
}

/* ---- fcntl ---- */

/* Flags that F_SETFL may change (fcntl(2)). */
#define CHANGEABLE ((u32)(O_APPEND | O_ASYNC | O_DIRECT | O_NOATIME | O_NONBLOCK))

long bp_file_status_flags(struct bp_file *file)
{
    long flags;

    if (file->kind != BP_FILE_HOST)
        return bp_file_open_flags(file) | (bp_async_is_on(file) ? O_ASYNC : 0);
    flags = bp_host(SYS_fcntl, file->host_fd, F_GETFL);
    if (bp_is_error(flags))
        return flags;
    return (flags & ~O_NONBLOCK) | (file->mode & BP_MODE_NONBLOCK ? O_NONBLOCK : 0);
}

/* The host's own O_NONBLOCK stays as it is. */
static long set_host_flags(struct bp_file *file, u32 flags)
{
    u32 keep = file->host.nonblock ? O_NONBLOCK : 0;

    return bp_host(SYS_fcntl, file->host_fd, F_SETFL, (flags & ~(u32)O_NONBLOCK) | keep);
}

static long set_flags(struct bp_file *file, u32 flags)
{
    u32 mode =
        (flags & O_NONBLOCK ? BP_MODE_NONBLOCK : 0) | (flags & O_APPEND ? BP_MODE_APPEND : 0);
    u32 changeable = BP_MODE_NONBLOCK | BP_MODE_APPEND;
    long ret;

    ret = file->kind == BP_FILE_HOST ? set_host_flags(file, flags & CHANGEABLE)
                                     : bp_async_set(file, flags & O_ASYNC);
    if (file->kind == BP_FILE_PIPE) {
        mode |= flags & O_DIRECT ? BP_MODE_DIRECT : 0;
        changeable |= BP_MODE_DIRECT;
    }
    if (ret)
        return ret;
    bp_lock(&file->lock);
    file->mode = (u8)((file->mode & ~changeable) | mode);
    bp_unlock(&file->lock);
    return 0;
}

/* Unless somebody is set to be told, the kernel takes the process that asks: here all programs'. */
static long own_first(const struct bp_file *file)
{
    struct bp_cred cred;

    if (bp_host(SYS_fcntl, file->host_fd, F_GETOWN))
        return 0;
    bp_upcalls.credentials(&cred);
    return bp_host(SYS_fcntl, file->host_fd, F_SETOWN, cred.pid);
}

/* For a lock that is taken a helper thread waits. */
static long host_lock(const long args[6])
{
    long at_once = args[1] == F_SETLKW ? F_SETLK : F_OFD_SETLK;
    long ret = bp_host(SYS_fcntl, args[0], at_once, args[2]);

    return ret == -EAGAIN ? bp_offload_interruptible(SYS_fcntl, args) : ret;
}

static long host_fcntl(struct bp_file *file, u32 cmd, u64 arg)
{
    const long args[6] = {file->host_fd, cmd, (long)arg};

    if (file->host.type == S_IFREG && (cmd == F_SETLK || cmd == F_SETLKW || cmd == F_GETLK))
        return bp_reclock(file, cmd, arg);
    if (cmd == F_SETLKW || cmd == F_OFD_SETLKW)
        return host_lock(args);
    if (cmd == F_NOTIFY || cmd == F_SETLEASE) {
        long ret = own_first(file);

        if (ret)
            return ret;
    }
    return bp_host(SYS_fcntl, file->host_fd, cmd, arg);
}

static long local_fcntl(struct bp_file *file, u32 cmd, u64 arg)
{
    switch (cmd) {
    case F_GETPIPE_SZ:
        return file->kind == BP_FILE_PIPE ? bp_pipe_get_size(file) : -EBADF;
    case F_SETPIPE_SZ:
        return file->kind == BP_FILE_PIPE ? bp_pipe_set_size(file, arg) : -EBADF;
    default:
        return bp_async_fcntl(file, cmd, arg);
    }
}

long bp_sys_fcntl(u64 fd, u64 cmd, u64 arg)
{
    struct bp_file *file;
    long ret;

    switch ((u32)cmd) {
    case F_DUPFD:
    case F_DUPFD_CLOEXEC:
        if (bp_fd_get_cloexec(fd) < 0)
            return -EBADF;
        return (u32)arg >= bp_current()->fds->limit
                   ? -EINVAL
                   : dup_from(fd, (u32)arg, (u32)cmd == F_DUPFD_CLOEXEC);
    case F_GETFD:
        return bp_fd_get_cloexec(fd);
    case F_SETFD:
        return bp_fd_set_cloexec(fd, arg & FD_CLOEXEC);
    }
    file = bp_fd_get(fd);
    if (unlikely(!file))
        return -EBADF;
    if (cmd == F_GETFL)
        ret = bp_file_status_flags(file);
    else if (cmd == F_SETFL)
        ret = set_flags(file, (u32)arg);
    else
        ret = file->kind == BP_FILE_HOST ? host_fcntl(file, (u32)cmd, arg)
                                         : local_fcntl(file, (u32)cmd, arg);
    bp_fd_put(file);
    return ret;
}

/* ---- ioctl ---- */

static long set_nonblocking(struct bp_file *file, u64 arg)
{
    u32 on;

    if (bp_get_user32(&on, (const u32 *)arg))
        return -EFAULT;
    bp_lock(&file->lock);
    file->mode = (u8)((file->mode & ~BP_MODE_NONBLOCK) | (on ? BP_MODE_NONBLOCK : 0));
    bp_unlock(&file->lock);
    return 0;
}

static long set_async(struct bp_file *file, u64 arg)
{
    u32 on;

    return bp_get_user32(&on, (const u32 *)arg) ? -EFAULT : bp_async_set(file, on);
}

long bp_sys_ioctl(u64 fd, u64 cmd, u64 arg)
{
    struct bp_file *file;
    long ret;

    cmd = (u32)cmd;
    if (cmd == FIOCLEX || cmd == FIONCLEX)
        return bp_fd_set_cloexec(fd, cmd == FIOCLEX);
    file = bp_fd_get(fd);
    if (!file)
        return -EBADF;
    if (cmd == FIONBIO)
        ret = set_nonblocking(file, arg);
    else if (cmd == FIOASYNC && file->kind != BP_FILE_HOST)
        ret = set_async(file, arg);
    else
        ret = bp_file_ops[file->kind]->ioctl(file, cmd, arg);
    bp_fd_put(file);
    return ret;
}
