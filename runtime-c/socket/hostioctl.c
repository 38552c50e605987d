#include "socket/hostioctl.h"
#include "base/host.h"
#include "base/uaccess.h"
#include "socket/fdtable.h"
#include "socket/hostfile.h"
#include "socket/socket_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <linux/nsfs.h>
#include <linux/sockios.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

/* The argument is a descriptor. */
static long takes(struct bp_file *file, u64 cmd, u64 arg)
{
    int fd = bp_host_fd((int)arg);

    return fd < 0 ? fd : bp_host(SYS_ioctl, file->host_fd, cmd, fd);
}

static long clone_range(struct bp_file *file, u64 cmd, u64 arg)
{
    struct file_clone_range range;
    int fd;

    if (bp_copy(&range, (const void *)arg, sizeof(range)))
        return -EFAULT;
    fd = bp_host_fd((int)range.src_fd);
    if (fd < 0)
        return fd;
    range.src_fd = fd;
    return bp_host(SYS_ioctl, file->host_fd, cmd, &range);
}

static long install(long host_fd, u64 flags)
{
    return bp_is_error(host_fd) ? host_fd : bp_fd_install_host((int)host_fd, (int)flags);
}

/* The value is a new descriptor, closed on exec. */
static long makes(struct bp_file *file, u64 cmd, u64 arg)
{
    return install(bp_host(SYS_ioctl, file->host_fd, cmd, arg), O_CLOEXEC);
}

/* The other end of a pseudoterminal; arg is open(2)'s flags. */
static long opens(struct bp_file *file, u64 cmd, u64 flags)
{
    return install(bp_host(SYS_ioctl, file->host_fd, cmd, flags | O_CLOEXEC), flags);
}

/* What most file systems answer; arg is a list of descriptors. */
static long refused(struct bp_file *file, u64 cmd, u64 arg)
{
    (void)file;
    (void)cmd;
    (void)arg;
    return -EOPNOTSUPP;
}

/* /dev/userfaultfd; arg is the flags. */
static long makes_userfault(struct bp_file *file, u64 cmd, u64 flags)
{
    (void)file;
    (void)cmd;
    return bp_sys_userfaultfd(flags);
}

static const struct {
    u64 cmd;
    long (*call)(struct bp_file *file, u64 cmd, u64 arg);
} requests[] = {
    {FICLONE, takes},
    {FICLONERANGE, clone_range},
    {FIDEDUPERANGE, refused},
    {LOOP_SET_FD, takes},
    {LOOP_CHANGE_FD, takes},
    {TIOCGPTPEER, opens},
    {USERFAULTFD_IOC_NEW, makes_userfault},
    {NS_GET_USERNS, makes},
    {NS_GET_PARENT, makes},
    {SIOCGSKNS, makes},
};

long bp_hostioctl(struct bp_file *file, u64 cmd, u64 arg)
{
    for (u32 i = 0; i < ARRAY_SIZE(requests); i++)
        if (requests[i].cmd == cmd)
            return requests[i].call(file, cmd, arg);
    return bp_host(SYS_ioctl, file->host_fd, cmd, arg);
}
