/* Working directory and umask: per program, where the host has them per process. */
#include "base/host.h"
#include "base/log.h"
#include "base/proc_dir.h"
#include "base/uaccess.h"
#include "linux/calls.h"
#include "linux/path.h"
#include "socket/fdtable.h"
#include "socket/hostfile.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Takes over a new O_PATH descriptor as working directory, if it may be searched. */
static long enter_directory(long fd)
{
    struct bp_proc *proc = bp_current_proc();
    long ret;

    if (fd < 0)
        return fd;
    ret = bp_host(SYS_faccessat2, fd, "", X_OK, AT_EMPTY_PATH | AT_EACCESS);
    if (ret) {
        bp_host(SYS_close, fd);
        return ret;
    }
    bp_host(SYS_close, proc->cwd_fd);
    proc->cwd_fd = (int)fd;
    return 0;
}

long bp_sys_chdir(u64 user_path)
{
    struct bp_path path;
    long ret = bp_path_get(&path, (u64)AT_FDCWD, user_path);

    if (ret)
        return ret;
    return enter_directory(
        bp_host(SYS_openat, path.dirfd, path.name, O_PATH | O_DIRECTORY | O_CLOEXEC));
}

long bp_sys_fchdir(u64 fd)
{
    int host = bp_host_fd((int)fd);

    if (host < 0)
        return host == -EINVAL ? -ENOTDIR : host;
    return enter_directory(bp_host(SYS_openat, host, ".", O_PATH | O_DIRECTORY | O_CLOEXEC));
}

/* Whether a name that looks like that of a removed directory is just called so. */
static bool exists(const char *name)
{
    struct stat there, here;

    return !bp_host(SYS_newfstatat, AT_FDCWD, name, &there, 0) &&
           !bp_host(SYS_fstat, bp_current_proc()->cwd_fd, &here) && there.st_dev == here.st_dev &&
           there.st_ino == here.st_ino;
}

long bp_sys_getcwd(u64 user, u64 size)
{
    static const char deleted[] = " (deleted)";
    const size_t suffix = sizeof(deleted) - 1;
    char link[40], name[BP_PATH_MAX];
    long len;

    bp_snprintf(link, sizeof(link), "self/fd/%d", bp_current_proc()->cwd_fd);
    len = bp_host(SYS_readlinkat, bp_proc_dir(), link, name, sizeof(name) - 1);
    if (len < 0)
        return len;
    name[len++] = '\0';
    if ((size_t)len > suffix && !strcmp(name + len - 1 - suffix, deleted) && !exists(name))
        return -ENOENT;
    if (size < (u64)len)
        return -ERANGE;
    return bp_copy((void *)user, name, (size_t)len) ? -EFAULT : len;
}

long bp_sys_umask(u64 mask)
{
    struct bp_proc *proc = bp_current_proc();
    u32 before = proc->umask;

    proc->umask = mask & 0777;
    return before;
}
