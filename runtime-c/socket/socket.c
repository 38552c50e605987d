#include "socket/socket.h"
#include "base/host.h"
#include "base/log.h"
#include "socket/host_limits.h"
#include "socket/hostfile.h"
#include "socket/inet.h"
#include "socket/unix.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>

struct bp_socket_upcalls bp_upcalls;

/* The kernel's struct sigaction. */
struct host_sigaction {
    void *handler;
    u64 flags;
    void *restorer;
    u64 mask;
};

/* EPIPE is ours to turn into a program's SIGPIPE. */
static void ignore_host_sigpipe(void)
{
    struct host_sigaction action = {.handler = (void *)SIG_IGN};

    bp_host(SYS_rt_sigaction, SIGPIPE, &action, NULL, sizeof(action.mask));
}

void bp_socket_init(const struct bp_socket_upcalls *upcalls)
{
    bp_upcalls = *upcalls;
    bp_host_limits_init();
    bp_sockaddr_init();
    ignore_host_sigpipe();
    if (bp_hostfile_init() || bp_inet_init() || bp_unix_init())
        bp_fatal(BP_EXIT_ENVIRONMENT, "no memory for the tables of sockets; raise the limit on address space");
}

int bp_host_fd(int fd)
{
    struct bp_file *file = bp_fd_get((u32)fd);
    int ret;

    if (!file)
        return -EBADF;
    ret = file->kind == BP_FILE_HOST ? file->host_fd : -EINVAL;
    bp_fd_put(file);
    return ret;
}

int bp_fd_install_host(int host_fd, int flags)
{
    struct bp_file *file = bp_hostfile_create(host_fd);
    int fd;

    if (!file) {
        bp_host(SYS_close, host_fd);
        return -ENFILE;
    }
    fd = bp_fd_install(file, flags & O_CLOEXEC);
    if (fd < 0)
        bp_file_drop(file);
    return fd;
}

int bp_fdtable_install_host(struct bp_fdtable *table, int fd, int host_fd)
{
    struct bp_file *file = bp_hostfile_create(host_fd);

    if (!file) {
        bp_host(SYS_close, host_fd);
        return -ENFILE;
    }
    return bp_fd_install_at(table, file, (u32)fd, false);
}

long bp_fd_stat(int fd, struct stat *st)
{
    static const u32 modes[BP_FILE_KINDS] = {
        [BP_FILE_TCP] = S_IFSOCK | 0777,      [BP_FILE_UNIX] = S_IFSOCK | 0777, [BP_FILE_PIPE] = S_IFIFO | 0600,
        [BP_FILE_LISTENER] = S_IFSOCK | 0777, [BP_FILE_EVENTFD] = 0600,         [BP_FILE_TIMERFD] = 0600,
        [BP_FILE_EPOLL] = 0600,
    };
    struct bp_file *file = bp_fd_get((u32)fd);
    struct bp_cred cred;

    if (!file)
        return -EBADF;
    if (file->kind == BP_FILE_HOST) {
        bp_fd_put(file);
        return -EINVAL;
    }
    bp_upcalls.credentials(&cred);
    *st = (struct stat){.st_mode = modes[file->kind], .st_nlink = 1, .st_uid = cred.uid, .st_gid = cred.gid};
    st->st_blksize = BP_PAGE_SIZE;
    /* Both ends of a pipe are one inode; every other description is its own. */
    st->st_ino = (u64)(file->kind == BP_FILE_PIPE ? bp_pair_first(file) : file) / BP_CACHE_LINE;
    bp_fd_put(file);
    return 0;
}
