#include "socket/host_socket.h"
#include "base/clock.h"
#include "base/host.h"
#include "sched/sched.h"
#include "socket/hostfile.h"
#include "socket/unix.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/syscall.h>

/* Waits until the host's connection is made or has failed; takes its SO_ERROR. */
static long await_host_connection(struct bp_file *file)
{
    int error = 0;
    u32 len = sizeof(error);
    long ret;

    for (;;) {
        if (bp_hostfile_poll(file, EPOLLOUT) & (EPOLLOUT | EPOLLERR | EPOLLHUP))
            break;
        ret = bp_hostfile_wait(file, EPOLLOUT, BP_NEVER);
        if (ret)
            return ret;
    }
    ret = bp_host(SYS_getsockopt, file->host_fd, SOL_SOCKET, SO_ERROR, &error, &len);
    return ret ? ret : -error;
}

long bp_host_connect(struct bp_file *file, const struct sockaddr_storage *addr, u32 length)
{
    long ret;

    for (;;) {
        ret = length > 2 && addr->ss_family == AF_UNIX ? bp_unix_host_connect(file->host_fd, addr, length)
                                                       : bp_host(SYS_connect, file->host_fd, addr, length);
        if (file->mode & BP_MODE_NONBLOCK || (ret != -EINPROGRESS && ret != -EAGAIN && ret != -EALREADY))
            return ret;
        if (ret != -EAGAIN)
            return await_host_connection(file);
        /* The outside AF_UNIX listener's queue is full, and nothing tells when there is room: look every now and then. */
        bp_park_begin();
        ret = bp_park(bp_now() + BP_NSEC_PER_MSEC);
        if (ret != -ETIMEDOUT && ret)
            return ret;
    }
}

struct bp_file *bp_host_accept(struct bp_file *file, u32 flags, long *error)
{
    long args[6] = {file->host_fd, 0, 0, SOCK_NONBLOCK | SOCK_CLOEXEC};
    bool nonblocking = file->mode & BP_MODE_NONBLOCK;
    struct bp_file *accepted;

    if (!file->host.nonblock && !nonblocking) { /* inherited: it would block us */
        *error = bp_hostfile_poll(file, EPOLLIN) ? 0 : bp_hostfile_wait(file, EPOLLIN, BP_NEVER);
        if (*error)
            return NULL;
    }
    *error = bp_hostfile_call(file, EPOLLIN, nonblocking, SO_RCVTIMEO, SYS_accept4, args);
    if (bp_is_error(*error))
        return NULL;
    accepted = bp_hostfile_create((int)*error);
    if (!accepted) {
        bp_host(SYS_close, *error);
        *error = -ENOBUFS;
        return NULL;
    }
    *error = 0;
    accepted->mode &= (u8)~BP_MODE_NONBLOCK;
    if (flags & SOCK_NONBLOCK)
        accepted->mode |= BP_MODE_NONBLOCK;
    return accepted;
}
