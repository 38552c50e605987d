#include "linux/pidfd.h"
#include "base/host.h"
#include "base/log.h"
#include "base/proc_dir.h"
#include "linux/calls.h"
#include "socket/fdtable.h"
#include "socket/hostfile.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>

/* "Pid:\t17" in the kernel's description of a descriptor; -1 once reaped, 0 without such a line. */
static long parse_pid(const char *at)
{
    static const char key[] = "Pid:\t";
    long pid = 0;

    while (*at && memcmp(at, key, BP_MIN(strlen(at), sizeof(key) - 1))) {
        while (*at && *at++ != '\n')
            ;
    }
    if (!*at)
        return 0;
    at += sizeof(key) - 1;
    if (*at == '-')
        return -1;
    while (*at >= '0' && *at <= '9')
        pid = pid * 10 + *at++ - '0';
    return pid;
}

static long read_info(int host_fd, char *info, size_t size)
{
    char path[48];
    long fd, len;

    bp_snprintf(path, sizeof(path), "self/fdinfo/%d", host_fd);
    fd = bp_host(SYS_openat, bp_proc_dir(), path, O_RDONLY | O_CLOEXEC);
    if (bp_is_error(fd))
        return fd;
    len = bp_host(SYS_read, fd, info, size - 1);
    bp_host(SYS_close, fd);
    info[len > 0 ? len : 0] = '\0';
    return 0;
}

/* An open directory of /proc stands for its process in pidfd_send_signal(2), too. */
static long pid_of_proc_dir(int host_fd)
{
    char link[32], path[32];
    const char *at = path + 6;
    long len, pid = 0;

    bp_snprintf(link, sizeof(link), "self/fd/%d", host_fd);
    len = bp_host(SYS_readlinkat, bp_proc_dir(), link, path, sizeof(path) - 1);
    if (len < 7 || memcmp(path, "/proc/", 6))
        return 0;
    path[len] = '\0';
    while (*at >= '0' && *at <= '9')
        pid = pid * 10 + *at++ - '0';
    return *at ? 0 : pid;
}

long bp_pid_of_pidfd(int fd)
{
    char info[512];
    int host_fd = bp_host_fd(fd);
    long pid;

    if (host_fd < 0 || read_info(host_fd, info, sizeof(info)))
        return -EBADF;
    pid = parse_pid(info);
    return pid > 0 ? pid : pid ? -ESRCH : -EBADF;
}

long bp_pidfd_install(int host_fd)
{
    long copy = bp_host(SYS_fcntl, host_fd, F_DUPFD_CLOEXEC, 0);

    return bp_is_error(copy) ? copy : bp_fd_install_host((int)copy, O_CLOEXEC);
}

/* ---- calls ---- */

long bp_sys_pidfd_open(u64 pid, u64 flags)
{
    long host_fd = bp_host(SYS_pidfd_open, pid, flags);

    return bp_is_error(host_fd) ? host_fd : bp_fd_install_host((int)host_fd, O_CLOEXEC);
}

long bp_sys_pidfd_send_signal(u64 fd, u64 signal, u64 info, u64 flags)
{
    long pid = bp_pid_of_pidfd((int)fd), of_dir;

    if (flags)
        return -EINVAL;
    if (pid == -EBADF && bp_host_fd((int)fd) >= 0) {
        of_dir = pid_of_proc_dir(bp_host_fd((int)fd));
        pid = of_dir ? of_dir : pid;
    }
    if (pid < 0)
        return pid;
    return info ? bp_sys_rt_sigqueueinfo((u64)pid, signal, info) : bp_sys_kill((u64)pid, signal);
}
