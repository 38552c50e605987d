#include "socket/host_socket.h"
#include "base/clock.h"
#include "base/host.h"
#include "sched/sched.h"
#include "socket/hostfile.h"
#include "socket/unix.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/syscall.h>

static long try_connect(struct bp_file *file, const struct sockaddr_storage *addr, u32 length)
{
    if (length > sizeof(addr->ss_family) && addr->ss_family == AF_UNIX)
        return bp_unix_host_connect(file->host_fd, addr, length);
    return bp_host(SYS_connect, file->host_fd, addr, length);
}

/* An outside AF_UNIX listener's queue is full, and nothing tells when there is room: look every now
 * and then. */
static long pause_a_little(void)
{
    long ret;

    bp_park_begin();
    ret = bp_park(bp_now() + BP_NSEC_PER_MSEC);
    return ret == -ETIMEDOUT ? 0 : ret;
}

/* The call is made again after the wait: it tells the outcome, and leaves the host's socket in
 * order. */
long bp_host_connect(struct bp_file *file, const struct sockaddr_storage *addr, u32 length)
{
    long ret, waited = 0;

    for (;;) {
        ret = try_connect(file, addr, length);
        if (ret == -EISCONN && waited)
            return 0;
        if (file->mode & BP_MODE_NONBLOCK ||
            (ret != -EINPROGRESS && ret != -EALREADY && ret != -EAGAIN))
            return ret;
        ret = ret == -EAGAIN ? pause_a_little() : bp_hostfile_wait(file, EPOLLOUT, BP_NEVER);
        if (ret)
            return ret;
        waited = 1;
    }
}

static bool is_listening(int host_fd)
{
    int value = 0;
    u32 length = sizeof(value);

    return !bp_host(SYS_getsockopt, host_fd, SOL_SOCKET, SO_ACCEPTCONN, &value, &length) && value;
}

struct bp_file *bp_host_accept(struct bp_file *file, u32 flags, long *error)
{
    long args[6] = {file->host_fd, 0, 0, SOCK_NONBLOCK | SOCK_CLOEXEC};
    bool nonblocking = file->mode & BP_MODE_NONBLOCK;
    struct bp_file *accepted;

    if (!file->host.nonblock && !nonblocking &&
        is_listening(file->host_fd)) { /* inherited: it would block us */
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
