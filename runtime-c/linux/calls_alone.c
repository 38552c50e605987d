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
#include <linux/nsfs.h>
#include <linux/sched.h>
#include <sys/stat.h>
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

/* ---- namespaces ---- */

/* Whether the call can only change what is no neighbour's. */
static bool has_own(u64 namespace)
{
    return is_alone() && bp_current_proc()->namespaces & namespace;
}

/* The program's directory is a descriptor, which stays what it was when the host moves a process to
 * another one. */
static void move_directory(const char *name)
{
    struct bp_proc *proc = bp_current_proc();
    long fd = bp_host(SYS_openat, AT_FDCWD, name, O_PATH | O_DIRECTORY | O_CLOEXEC);

    if (bp_is_error(fd))
        return;
    bp_host(SYS_close, proc->cwd_fd);
    proc->cwd_fd = (int)fd;
}

/* Own mounts begin as copies; the worker's directory becomes the copy of the one that it was. */
long bp_sys_unshare(u64 flags)
{
    struct bp_proc *proc = bp_current_proc();
    bool mounts = flags & CLONE_NEWNS;
    long ret;

    if (!is_alone())
        return -EPERM;
    if (mounts)
        bp_host(SYS_fchdir, proc->cwd_fd);
    ret = bp_host(SYS_unshare, flags);
    if (!ret) {
        proc->namespaces |= flags;
        if (mounts)
            move_directory(".");
    }
    if (mounts)
        bp_host(SYS_chdir, "/");
    return ret;
}

/* For mounts, the host goes to the root of the others. */
long bp_sys_setns(u64 fd, u64 type)
{
    int host = bp_host_fd((int)fd);
    long ret, kind;

    if (host < 0)
        return host;
    if (!is_alone())
        return -EPERM;
    kind = bp_host(SYS_ioctl, host, NS_GET_NSTYPE);
    if (bp_is_error(kind)) /* a descriptor of a process */
        kind = (long)type;
    ret = bp_host(SYS_setns, host, type);
    if (ret)
        return ret;
    bp_current_proc()->namespaces |= (u64)kind;
    if (kind & CLONE_NEWNS)
        move_directory("/");
    return 0;
}

/* Paths are the host's to follow, from the program's directory: the worker's own is there for as
 * long. */
static long with_directory(long nr, u64 a, u64 b, u64 c, u64 d, u64 e)
{
    long ret;

    if (!has_own(CLONE_NEWNS))
        return -EPERM;
    ret = bp_host(SYS_fchdir, bp_current_proc()->cwd_fd);
    if (!ret)
        ret = bp_host(nr, a, b, c, d, e);
    bp_host(SYS_chdir, "/");
    return ret;
}

long bp_sys_mount(u64 source, u64 target, u64 type, u64 flags, u64 data)
{
    return with_directory(SYS_mount, source, target, type, flags, data);
}

long bp_sys_umount2(u64 target, u64 flags)
{
    return with_directory(SYS_umount2, target, flags, 0, 0, 0);
}

static bool is_at_root(int fd)
{
    struct stat here, root;

    return !bp_host(SYS_fstat, fd, &here) && !bp_host(SYS_stat, "/", &root) &&
           here.st_dev == root.st_dev && here.st_ino == root.st_ino;
}

/* Who is at the old root is at the new one then. */
long bp_sys_pivot_root(u64 new_root, u64 put_old)
{
    bool moves = is_at_root(bp_current_proc()->cwd_fd);
    long ret = with_directory(SYS_pivot_root, new_root, put_old, 0, 0, 0);

    if (!ret && moves)
        move_directory("/");
    return ret;
}

long bp_sys_sethostname(u64 name, u64 len)
{
    return has_own(CLONE_NEWUTS) ? bp_host(SYS_sethostname, name, len) : -EPERM;
}

long bp_sys_setdomainname(u64 name, u64 len)
{
    return has_own(CLONE_NEWUTS) ? bp_host(SYS_setdomainname, name, len) : -EPERM;
}
