#include "linux/mqueue.h"
#include "base/host.h"
#include "base/uaccess.h"
#include "linux/calls.h"
#include "linux/signal.h"
#include "linux/timespec.h"
#include "sched/hostfd.h"
#include "socket/fdtable.h"
#include "socket/hostfile.h"

#include <fcntl.h>
#include <mqueue.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>

/* ---- queues ---- */

static int install(long host_fd, bool nonblocking)
{
    struct bp_file *file = bp_hostfile_create((int)host_fd);
    int fd;

    if (!file) {
        bp_host(SYS_close, host_fd);
        return -ENFILE;
    }
    file->host.nonblock = file->host.pollable = true; /* though it is a regular file to fstat */
    if (!nonblocking)
        file->mode &= (u8)~BP_MODE_NONBLOCK;
    fd = bp_fd_install(file, O_CLOEXEC);
    if (fd < 0)
        bp_file_drop(file);
    return fd;
}

long bp_sys_mq_open(u64 name, u64 flags, u64 mode, u64 attr)
{
    long host_fd =
        bp_host(SYS_mq_open, name, flags | O_NONBLOCK, mode & ~(u64)bp_current_proc()->umask, attr);

    return bp_is_error(host_fd) ? host_fd : install(host_fd, flags & O_NONBLOCK);
}

/* Sends or receives: args are the host's, without the time limit. */
static long transfer(u64 fd, u32 events, long nr, u64 msg, u64 len, u64 prio, u64 user_limit)
{
    struct bp_file *file;
    u64 deadline = BP_NEVER, wall;
    long ret = user_limit ? bp_get_timespec(&wall, user_limit) : 0;

    if (ret)
        return ret;
    if (user_limit)
        deadline = bp_deadline_of_wall_time(wall);
    file = bp_fd_get((u32)fd);
    if (!file || file->kind != BP_FILE_HOST) {
        bp_fd_put(file);
        return -EBADF;
    }
    for (;;) {
        ret = bp_host(nr, file->host_fd, msg, len, prio, NULL);
        if (ret != -EAGAIN || file->mode & BP_MODE_NONBLOCK)
            break;
        ret = bp_hostfile_wait(file, events, deadline);
        if (ret)
            break;
    }
    bp_fd_put(file);
    return ret;
}

long bp_sys_mq_timedsend(u64 fd, u64 msg, u64 len, u64 prio, u64 limit)
{
    return transfer(fd, EPOLLOUT, SYS_mq_timedsend, msg, len, prio, limit);
}

long bp_sys_mq_timedreceive(u64 fd, u64 msg, u64 len, u64 prio, u64 limit)
{
    return transfer(fd, EPOLLIN, SYS_mq_timedreceive, msg, len, prio, limit);
}

static long get_and_set(struct bp_file *file, const struct mq_attr *new, struct mq_attr *old)
{
    struct mq_attr host = {0};
    long ret = bp_host(SYS_mq_getsetattr, file->host_fd, NULL, old);

    if (ret)
        return ret;
    old->mq_flags = file->mode & BP_MODE_NONBLOCK ? O_NONBLOCK : 0;
    if (!new)
        return 0;
    host.mq_flags = new->mq_flags | O_NONBLOCK; /* the host looks at nothing else */
    ret = bp_host(SYS_mq_getsetattr, file->host_fd, &host, NULL);
    if (!ret)
        file->mode = (u8)((file->mode & ~BP_MODE_NONBLOCK) |
                          (new->mq_flags &O_NONBLOCK ? BP_MODE_NONBLOCK : 0));
    return ret;
}

long bp_sys_mq_getsetattr(u64 fd, u64 user_new, u64 user_old)
{
    struct mq_attr new, old;
    struct bp_file *file;
    long ret = -EBADF;

    if (user_new && bp_copy(&new, (void *)user_new, sizeof(new)))
        return -EFAULT;
    file = bp_fd_get((u32)fd);
    if (file && file->kind == BP_FILE_HOST)
        ret = get_and_set(file, user_new ? &new : NULL, &old);
    bp_fd_put(file);
    return ret || !user_old ? ret : bp_copy((void *)user_old, &old, sizeof(old));
}

/* ---- mq_notify(2) ---- */

enum {
    COOKIE_LEN = 32, /* NOTIFY_COOKIE_LEN; the kernel puts into the last byte */
    WOKEN_UP = 1,    /* what happened: NOTIFY_WOKENUP */
    REGISTRATIONS_MAX = 256,
};

/*
 * The host would send a signal to its own process, which is that of other programs too. So it is
 * asked to tell through a netlink socket, as it does for the C library's SIGEV_THREAD. It tells
 * once: of a message, or that the registration was taken back.
 */
static struct registration {
    struct bp_hostfd source; /* fd of the netlink socket; in use while `used` */
    bool used;
    struct bp_proc *proc; /* NULL: it has ended */
    int signal;
    void *value;
} registrations[REGISTRATIONS_MAX];

static struct bp_lock registrations_lock; /* taken before a process's lock */

static void unused(struct registration *registration)
{
    bp_hostfd_disarm(&registration->source);
    bp_host(SYS_close, registration->source.fd);
    registration->used = false;
}

/* The sender is not known: si_pid and si_uid are 0. */
static void told(struct bp_hostfd *source, u32 events)
{
    struct registration *registration = container_of(source, struct registration, source);
    u8 cookie[COOKIE_LEN] = {0};

    (void)events;
    bp_lock(&registrations_lock);
    bp_host(SYS_recvfrom, source->fd, cookie, sizeof(cookie), MSG_DONTWAIT, NULL, NULL);
    if (cookie[COOKIE_LEN - 1] == WOKEN_UP && registration->proc && registration->signal) {
        siginfo_t info = {.si_signo = registration->signal, .si_code = SI_MESGQ};

        info.si_value.sival_ptr = registration->value;
        bp_signal_proc(registration->proc, registration->signal, &info);
    }
    unused(registration);
    bp_unlock(&registrations_lock);
}

static struct registration *find_unused(void)
{
    for (u32 i = 0; i < REGISTRATIONS_MAX; i++) {
        if (!registrations[i].used)
            return &registrations[i];
    }
    return NULL;
}

/* Lock held. */
static long register_signal(int host_fd, const struct sigevent *event)
{
    static const u8 cookie[COOKIE_LEN];
    struct registration *registration = find_unused();
    struct sigevent ask = {.sigev_notify = SIGEV_THREAD};
    long netlink, ret;

    if (!registration)
        return -ENOMEM;
    netlink = bp_host(SYS_socket, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (bp_is_error(netlink))
        return -ENOMEM;
    ask.sigev_signo = (int)netlink;
    ask.sigev_value.sival_ptr = (void *)cookie;
    ret = bp_host(SYS_mq_notify, host_fd, &ask);
    if (ret) {
        bp_host(SYS_close, netlink);
        return ret;
    }
    bp_hostfd_init(&registration->source, (int)netlink, told);
    registration->used = true;
    registration->proc = bp_current_proc();
    registration->signal = event->sigev_signo;
    registration->value = event->sigev_value.sival_ptr;
    return bp_hostfd_arm(&registration->source, EPOLLIN);
}

static long notify(int host_fd, struct sigevent *event)
{
    long ret;

    if (event->sigev_notify == SIGEV_THREAD) {
        event->sigev_signo = bp_host_fd(event->sigev_signo);
        if (event->sigev_signo < 0)
            return -EBADF;
    }
    if (event->sigev_notify != SIGEV_SIGNAL)
        return bp_host(SYS_mq_notify, host_fd, event);
    if ((u32)event->sigev_signo > BP_NSIG)
        return -EINVAL;
    bp_lock(&registrations_lock);
    ret = register_signal(host_fd, event);
    bp_unlock(&registrations_lock);
    return ret;
}

long bp_sys_mq_notify(u64 fd, u64 user_event)
{
    struct sigevent event;
    int host_fd = bp_host_fd((int)fd);

    if (user_event && bp_copy(&event, (void *)user_event, sizeof(event)))
        return -EFAULT;
    if (host_fd < 0)
        return -EBADF;
    return user_event ? notify(host_fd, &event) : bp_host(SYS_mq_notify, host_fd, NULL);
}

void bp_mqueue_leave(struct bp_proc *proc)
{
    bp_lock(&registrations_lock);
    for (u32 i = 0; i < REGISTRATIONS_MAX; i++) {
        if (registrations[i].used && registrations[i].proc == proc)
            registrations[i].proc = NULL;
    }
    bp_unlock(&registrations_lock);
}

void bp_mqueue_forked(void)
{
    for (u32 i = 0; i < REGISTRATIONS_MAX; i++) {
        if (registrations[i].used)
            bp_host(SYS_close, registrations[i].source.fd);
    }
    memset(registrations, 0, sizeof(registrations));
    registrations_lock = (struct bp_lock){0};
}
