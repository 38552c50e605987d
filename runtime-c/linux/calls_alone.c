/*
 * System calls that change what the host keeps for a whole process, or for a kernel thread that
 * programs share. A forked program is alone in its host process, so that they act as in Linux; one
 * among others gets EPERM, as it would without the privilege.
 */
#include "base/host.h"
#include "base/log.h"
#include "base/uaccess.h"
#include "linux/calls.h"
#include "linux/path.h"
#include "linux/task.h"
#include "socket/fdtable.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>

static bool is_alone(void)
{
    return bp_current_proc()->forked;
}

long bp_sys_capset(u64 header, u64 data)
{
    return is_alone() ? bp_host(SYS_capset, header, data) : -EPERM;
}

/* By way of the worker's own directory, which serves nothing else: a relative path starts at the
 * program's, and names of descriptors need a /proc that the new root may not have. */
long bp_sys_chroot(u64 user_path)
{
    struct bp_path path;
    long ret = bp_path_get(&path, (u64)AT_FDCWD, user_path), fd;

    if (ret || !is_alone())
        return ret ? ret : -EPERM;
    fd = bp_host(SYS_openat, path.dirfd, path.name, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (bp_is_error(fd))
        return fd;
    ret = bp_host(SYS_fchdir, fd);
    if (!ret)
        ret = bp_host(SYS_chroot, ".");
    bp_host(SYS_close, fd);
    return ret;
}

long bp_sys_unshare(u64 flags)
{
    return is_alone() ? bp_host(SYS_unshare, flags) : -EPERM;
}

long bp_sys_setns(u64 fd, u64 type)
{
    int host = bp_host_fd((int)fd);

    if (host < 0)
        return host;
    return is_alone() ? bp_host(SYS_setns, host, type) : -EPERM;
}
