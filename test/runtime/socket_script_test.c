// sources: runtime-c/base/*.c runtime-c/base/*.S runtime-c/memory/*.c runtime-c/sched/*.c runtime-c/sched/*.S
// runtime-c/socket/*.c
/*
 * Scripts of system calls, each run twice: by the host's kernel and by this floor. What every call
 * answered must be the same; and afterwards nothing of the arena may be in use that was not before.
 */
#include "check.h"
#include "socket_harness.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/un.h>

static bool on_host;
static char transcript[2][65536];
static size_t length;

/* ---- calls and their record ---- */

typedef long (*handler)(u64, u64, u64, u64, u64, u64);
/* clang-format off */
#define CALLS(X) \
    X(read) X(write) X(readv) X(writev) X(close) X(dup) \
    X(dup2) X(dup3) X(fcntl) X(ioctl) X(pipe2) X(socket) \
    X(socketpair) X(bind) X(listen) X(accept4) X(connect) X(getsockname) \
    X(getpeername) X(shutdown) X(sendto) X(recvfrom) X(sendmsg) X(recvmsg) \
    X(setsockopt) X(getsockopt) X(epoll_create1) X(epoll_ctl) X(epoll_wait) X(poll) \
    X(select) X(eventfd2) X(timerfd_create) X(timerfd_settime) X(timerfd_gettime) X(sendfile) \
    X(close_range) X(pread64) X(preadv2) X(pselect6) X(ppoll) X(epoll_pwait2) \
    X(sendmmsg) X(recvmmsg)
/* clang-format on */

static void *const handlers[512] = {
#define X(name) [SYS_##name] = bp_sys_##name,
    CALLS(X)
#undef X
};

static long make(long nr, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f)
{
    if (on_host)
        return bp_host(nr, a, b, c, d, e, f);
    return ((handler)handlers[nr])(a, b, c, d, e, f);
}

#define ARGS_(nr, a, b, c, d, e, f, ...) \
    make(nr, (u64)(a), (u64)(b), (u64)(c), (u64)(d), (u64)(e), (u64)(f))
#define CALL(name, ...) ARGS_(SYS_##name, ##__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)

__attribute__((format(printf, 1, 2))) static void say(const char *fmt, ...)
{
    char *to = transcript[on_host];
    va_list args;

    va_start(args, fmt);
    length += (size_t)vsnprintf(to + length, sizeof(transcript[0]) - length, fmt, args);
    va_end(args);
    length += (size_t)snprintf(to + length, sizeof(transcript[0]) - length, "\n");
}

/* Makes a call and records its result. */
#define SHOW(name, ...) shown(#name "(" #__VA_ARGS__ ")", CALL(name, ##__VA_ARGS__))
static long shown(const char *what, long ret)
{
    say("%s = %ld%s%s", what, ret, ret < 0 ? " " : "", ret < 0 ? strerrorname_np((int)-ret) : "");
    return ret;
}

/* A call whose value is a descriptor: the number is not recorded. */
#define OPEN(name, ...) opened(#name "(" #__VA_ARGS__ ")", CALL(name, ##__VA_ARGS__))
static int opened(const char *what, long ret)
{
    say("%s %s", what, ret < 0 ? strerrorname_np((int)-ret) : "ok");
    return (int)ret;
}

static void show_events(int fd, u32 mask)
{
    struct pollfd p = {.fd = fd, .events = (short)mask};
    long ret = CALL(poll, &p, 1, 0);

    say("polls %ld %x", ret, (unsigned)(u16)p.revents);
}

static void harvest(int ep, int max)
{
    struct epoll_event events[16];
    long n = CALL(epoll_wait, ep, events, max, 0);

    say("epoll_wait = %ld", n);
    for (long i = 0; i < n; i++)
        say("  %x %llu", events[i].events, (unsigned long long)events[i].data.u64);
}

static void watch(int ep, int op, int fd, u32 events, u64 data)
{
    struct epoll_event event = {.events = events, .data.u64 = data};

    say("ctl %d %x = %ld", op, events, CALL(epoll_ctl, ep, op, fd, &event));
}

static char buf[1 << 20];

#define IN_OUT (EPOLLIN | EPOLLOUT | EPOLLRDHUP)

static void unix_pair(int fds[2])
{
    SHOW(socketpair, AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds);
}

static void tcp_listener(int *listener, struct sockaddr_in *at, int backlog)
{
    u32 len = sizeof(*at);

    *at = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    *listener = OPEN(socket, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    SHOW(bind, *listener, at, sizeof(*at));
    SHOW(listen, *listener, backlog);
    SHOW(getsockname, *listener, at, &len);
}

static void tcp_pair(int fds[2])
{
    struct sockaddr_in at;
    int listener;

    tcp_listener(&listener, &at, 5);
    fds[0] = OPEN(socket, AF_INET, SOCK_STREAM, 0);
    SHOW(connect, fds[0], &at, sizeof(at));
    fds[1] = OPEN(accept4, listener, 0, 0, SOCK_NONBLOCK);
    SHOW(close, listener);
}

/* ---- the scripts ---- */

static void epoll_level(void)
{
    int ep = OPEN(epoll_create1, 0), a[2], b[2];

    unix_pair(a);
    unix_pair(b);
    watch(ep, EPOLL_CTL_ADD, a[0], EPOLLIN, 1);
    watch(ep, EPOLL_CTL_ADD, b[0], EPOLLIN, 2);
    watch(ep, EPOLL_CTL_ADD, a[0], EPOLLIN, 3);
    harvest(ep, 8);
    SHOW(write, a[1], "xy", 2);
    harvest(ep, 8);
    harvest(ep, 8);
    SHOW(write, b[1], "z", 1);
    harvest(ep, 1);
    harvest(ep, 1);
    harvest(ep, 1);
    SHOW(read, a[0], buf, 1);
    harvest(ep, 8);
    SHOW(read, a[0], buf, 10);
    harvest(ep, 8);
    watch(ep, EPOLL_CTL_MOD, b[0], EPOLLIN | EPOLLOUT, 9);
    harvest(ep, 8);
    watch(ep, EPOLL_CTL_MOD, b[0], 0, 9);
    harvest(ep, 8);
    watch(ep, EPOLL_CTL_DEL, b[0], 0, 0);
    watch(ep, EPOLL_CTL_DEL, b[0], 0, 0);
    watch(ep, EPOLL_CTL_MOD, b[0], EPOLLIN, 0);
    SHOW(close, a[1]);
    harvest(ep, 8);
    SHOW(close, a[0]);
    harvest(ep, 8);
    SHOW(close, b[0]);
    SHOW(close, b[1]);
    SHOW(close, ep);
}

static void epoll_edge(void)
{
    int ep = OPEN(epoll_create1, EPOLL_CLOEXEC), a[2];

    unix_pair(a);
    watch(ep, EPOLL_CTL_ADD, a[0], EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, 7);
    harvest(ep, 8);
    harvest(ep, 8);
    SHOW(write, a[1], "x", 1);
    harvest(ep, 8);
    harvest(ep, 8);
    SHOW(write, a[1], "x", 1);
    harvest(ep, 8);
    SHOW(read, a[0], buf, 1);
    harvest(ep, 8);
    SHOW(read, a[0], buf, 1);
    SHOW(read, a[0], buf, 1);
    watch(ep, EPOLL_CTL_MOD, a[0], EPOLLIN | EPOLLET, 8);
    harvest(ep, 8);
    SHOW(write, a[1], "x", 1);
    watch(ep, EPOLL_CTL_MOD, a[0], EPOLLIN | EPOLLET, 8);
    harvest(ep, 8);
    SHOW(shutdown, a[1], SHUT_WR);
    harvest(ep, 8);
    SHOW(close, a[1]);
    harvest(ep, 8);
    SHOW(close, a[0]);
    SHOW(close, ep);
}

static void epoll_oneshot(void)
{
    int ep = OPEN(epoll_create1, 0), a[2];

    unix_pair(a);
    watch(ep, EPOLL_CTL_ADD, a[0], EPOLLIN | EPOLLONESHOT, 5);
    SHOW(write, a[1], "x", 1);
    harvest(ep, 8);
    harvest(ep, 8);
    SHOW(write, a[1], "x", 1);
    harvest(ep, 8);
    watch(ep, EPOLL_CTL_MOD, a[0], EPOLLIN | EPOLLONESHOT, 6);
    harvest(ep, 8);
    SHOW(close, a[1]);
    harvest(ep, 8);
    watch(ep, EPOLL_CTL_MOD, a[0], EPOLLIN | EPOLLONESHOT | EPOLLET, 6);
    harvest(ep, 8);
    harvest(ep, 8);
    SHOW(close, a[0]);
    SHOW(close, ep);
}

static void epoll_errors(void)
{
    int ep = OPEN(epoll_create1, 0), a[2],
        file = (int)bp_host(SYS_openat, AT_FDCWD, "/proc/self/exe", O_RDONLY);
    struct epoll_event event = {.events = EPOLLIN};

    unix_pair(a);
    if (!on_host)
        file = bp_fd_install_host(file, 0);
    SHOW(epoll_create1, 1);
    SHOW(epoll_ctl, ep, EPOLL_CTL_ADD, ep, &event);
    SHOW(epoll_ctl, ep, EPOLL_CTL_ADD, 9999, &event);
    SHOW(epoll_ctl, 9999, EPOLL_CTL_ADD, a[0], &event);
    SHOW(epoll_ctl, a[0], EPOLL_CTL_ADD, a[1], &event);
    SHOW(epoll_ctl, ep, 17, a[0], &event);
    SHOW(epoll_ctl, ep, EPOLL_CTL_ADD, a[0], 8);
    SHOW(epoll_ctl, ep, EPOLL_CTL_DEL, a[0], 0);
    SHOW(epoll_ctl, ep, EPOLL_CTL_ADD, file, &event);
    SHOW(epoll_wait, ep, buf, 0, 0);
    SHOW(epoll_wait, ep, buf, -1, 0);
    SHOW(epoll_wait, a[0], buf, 4, 0);
    SHOW(epoll_wait, 9999, buf, 4, 0);
    watch(ep, EPOLL_CTL_ADD, a[0], EPOLLOUT, 1);
    SHOW(epoll_wait, ep, 8, 4, 0);
    harvest(ep, 4);
    watch(ep, EPOLL_CTL_MOD, a[0], EPOLLOUT | EPOLLEXCLUSIVE, 1);
    watch(ep, EPOLL_CTL_ADD, a[1], EPOLLIN | EPOLLEXCLUSIVE | EPOLLONESHOT, 1);
    watch(ep, EPOLL_CTL_ADD, a[1], EPOLLIN | EPOLLEXCLUSIVE, 1);
    watch(ep, EPOLL_CTL_MOD, a[1], EPOLLIN, 1);
    SHOW(read, ep, buf, 8);
    SHOW(write, ep, buf, 8);
    SHOW(close, a[0]);
    harvest(ep, 4);
    SHOW(close, a[1]);
    SHOW(close, file);
    SHOW(close, ep);
}

static void epoll_nested(void)
{
    int outer = OPEN(epoll_create1, 0), inner = OPEN(epoll_create1, 0), chain[7], a[2];

    unix_pair(a);
    watch(outer, EPOLL_CTL_ADD, inner, EPOLLIN, 1);
    watch(inner, EPOLL_CTL_ADD, outer, EPOLLIN, 1);
    watch(inner, EPOLL_CTL_ADD, a[0], EPOLLIN, 2);
    harvest(outer, 4);
    SHOW(write, a[1], "x", 1);
    harvest(outer, 4);
    show_events(inner, POLLIN | POLLOUT);
    harvest(inner, 4);
    harvest(outer, 4);
    SHOW(read, a[0], buf, 1);
    harvest(outer, 4);
    show_events(inner, POLLIN);
    for (int i = 0; i < 7; i++)
        chain[i] = OPEN(epoll_create1, 0);
    for (int i = 0; i < 6; i++)
        watch(chain[i], EPOLL_CTL_ADD, chain[i + 1], EPOLLIN, 0);
    for (int i = 0; i < 7; i++)
        SHOW(close, chain[i]);
    SHOW(close, inner);
    harvest(outer, 4);
    SHOW(close, outer);
    SHOW(close, a[0]);
    SHOW(close, a[1]);
}

/* A watch belongs to the description: it outlives the descriptor it was added under. */
static void epoll_dup(void)
{
    int ep = OPEN(epoll_create1, 0), a[2], copy, b[2];

    unix_pair(a);
    unix_pair(b);
    watch(ep, EPOLL_CTL_ADD, a[0], EPOLLIN, 1);
    copy = OPEN(dup, a[0]);
    watch(ep, EPOLL_CTL_ADD, copy, EPOLLIN, 2);
    SHOW(write, a[1], "x", 1);
    say("both: %ld", CALL(epoll_wait, ep, buf, 8, 0));
    int old = a[0];
    SHOW(close, a[0]);
    say("both still: %ld", CALL(epoll_wait, ep, buf, 8, 0));
    watch(ep, EPOLL_CTL_DEL, old, 0, 0);
    say("the descriptor again: %d", CALL(dup2, b[0], old) == old);
    watch(ep, EPOLL_CTL_ADD, old, EPOLLIN, 3);
    SHOW(write, b[1], "y", 1);
    say("three: %ld", CALL(epoll_wait, ep, buf, 8, 0));
    SHOW(close, copy);
    say("one: %ld", CALL(epoll_wait, ep, buf, 8, 0));
    SHOW(close, old);
    say("its description lives: %ld", CALL(epoll_wait, ep, buf, 8, 0));
    SHOW(close, b[0]);
    say("none: %ld", CALL(epoll_wait, ep, buf, 8, 0));
    SHOW(close, a[1]);
    SHOW(close, b[1]);
    SHOW(close, ep);
}

static void epoll_tcp(void)
{
    int ep = OPEN(epoll_create1, 0), fds[2];

    tcp_pair(fds);
    watch(ep, EPOLL_CTL_ADD, fds[0], IN_OUT, 1);
    harvest(ep, 4);
    SHOW(shutdown, fds[1], SHUT_WR);
    harvest(ep, 4);
    SHOW(shutdown, fds[0], SHUT_WR);
    harvest(ep, 4);
    SHOW(close, fds[0]);
    SHOW(close, fds[1]);
    tcp_pair(fds);
    watch(ep, EPOLL_CTL_ADD, fds[0], IN_OUT, 2);
    SHOW(write, fds[0], "unread", 6);
    SHOW(close, fds[1]);
    harvest(ep, 4);
    SHOW(read, fds[0], buf, 4);
    SHOW(read, fds[0], buf, 4);
    SHOW(close, fds[0]);
    SHOW(close, ep);
}

/* A full stream: not writable, then writable again for an edge-triggered watch. */
static void epoll_room(void)
{
    int ep = OPEN(epoll_create1, 0), fds[2];
    long n;

    SHOW(pipe2, fds, O_NONBLOCK);
    watch(ep, EPOLL_CTL_ADD, fds[1], EPOLLOUT | EPOLLET, 1);
    harvest(ep, 4);
    while ((n = CALL(write, fds[1], buf, 4096)) > 0)
        ;
    harvest(ep, 4);
    SHOW(read, fds[0], buf, 4096);
    harvest(ep, 4);
    SHOW(read, fds[0], buf, 65536);
    harvest(ep, 4);
    SHOW(write, fds[1], buf, 1);
    SHOW(close, fds[0]);
    harvest(ep, 4);
    SHOW(close, fds[1]);
    SHOW(close, ep);
}

static void eventfds(void)
{
    int fd = OPEN(eventfd2, 3, EFD_NONBLOCK), sem = OPEN(eventfd2, 2, EFD_NONBLOCK | EFD_SEMAPHORE);
    u64 value = 0;

    show_events(fd, POLLIN | POLLOUT);
    SHOW(read, fd, &value, 8);
    say("%llu", (unsigned long long)value);
    SHOW(read, fd, &value, 8);
    SHOW(read, fd, &value, 7);
    value = UINT64_MAX;
    SHOW(write, fd, &value, 8);
    value = UINT64_MAX - 1;
    SHOW(write, fd, &value, 8);
    show_events(fd, POLLIN | POLLOUT);
    value = 1;
    SHOW(write, fd, &value, 8);
    SHOW(write, fd, 8, 8);
    SHOW(write, fd, &value, 4);
    SHOW(read, sem, &value, 8);
    say("%llu", (unsigned long long)value);
    SHOW(read, sem, &value, 8);
    SHOW(read, sem, &value, 8);
    SHOW(eventfd2, 0, 0x100000);
    SHOW(pread64, fd, &value, 8, 0);
    SHOW(close, fd);
    SHOW(close, sem);
}

static void timerfds(void)
{
    struct itimerspec set = {.it_value.tv_nsec = 1000000}, got;
    int fd = OPEN(timerfd_create, CLOCK_MONOTONIC, TFD_NONBLOCK);
    u64 count = 0;

    SHOW(timerfd_create, 99, 0);
    SHOW(timerfd_create, CLOCK_REALTIME, 1);
    SHOW(read, fd, &count, 8);
    SHOW(timerfd_settime, fd, 0, &set, &got);
    say("%ld %ld", (long)got.it_value.tv_sec, (long)got.it_value.tv_nsec);
    show_events(fd, POLLIN);
    struct pollfd p = {.fd = fd, .events = POLLIN};
    SHOW(poll, &p, 1, 5000);
    SHOW(read, fd, &count, 8);
    say("%llu", (unsigned long long)count);
    SHOW(read, fd, &count, 8);
    set.it_interval.tv_nsec = 1000000000;
    set.it_interval.tv_sec = 100;
    SHOW(timerfd_settime, fd, 0, &set, 0);
    set.it_interval = (struct timespec){100, 5};
    set.it_value = (struct timespec){50, 0};
    SHOW(timerfd_settime, fd, 0, &set, 0);
    SHOW(timerfd_gettime, fd, &got);
    say("%ld.%ld %ld", (long)got.it_interval.tv_sec, (long)got.it_interval.tv_nsec,
        (long)got.it_value.tv_sec);
    set.it_value = (struct timespec){1, 0};
    SHOW(timerfd_settime, fd, TFD_TIMER_ABSTIME, &set, 0);
    SHOW(read, fd, &count, 4);
    say("long past: %d", CALL(read, fd, &count, 8) == 8);
    SHOW(timerfd_settime, fd, 0, 8, 0);
    SHOW(timerfd_gettime, 0, &got);
    SHOW(write, fd, &count, 8);
    SHOW(close, fd);
}

static void selects(void)
{
    fd_set in, out, ex;
    struct timeval no_time = {0, 0};
    int a[2];

    unix_pair(a);
    FD_ZERO(&in);
    FD_ZERO(&out);
    FD_ZERO(&ex);
    FD_SET(a[0], &in), FD_SET(a[0], &out), FD_SET(a[0], &ex), FD_SET(a[1], &in);
    SHOW(select, a[1] + 1, &in, &out, &ex, &no_time);
    say("%d %d %d", !!FD_ISSET(a[0], &in), !!FD_ISSET(a[0], &out), !!FD_ISSET(a[0], &ex));
    SHOW(write, a[0], "x", 1);
    FD_SET(a[0], &in), FD_SET(a[1], &in);
    SHOW(select, a[1] + 1, &in, 0, 0, &no_time);
    say("%d %d", !!FD_ISSET(a[0], &in), !!FD_ISSET(a[1], &in));
    FD_SET(a[1], &in);
    FD_ZERO(&in);
    FD_SET(a[1], &in);
    SHOW(select, a[1], &in, 0, 0, &no_time);
    FD_SET(900, &in);
    SHOW(select, -1, &in, 0, 0, &no_time);
    no_time.tv_usec = -1;
    SHOW(select, 1, 0, 0, 0, &no_time);
    no_time.tv_usec = 1000;
    SHOW(select, 0, 0, 0, 0, &no_time);
    SHOW(select, a[1] + 1, 8, 0, 0, 0);
    SHOW(close, a[0]);
    SHOW(close, a[1]);
    FD_ZERO(&in);
    FD_SET(a[0], &in);
    SHOW(select, a[0] + 1, &in, 0, 0, &no_time);
}

static void polls(void)
{
    struct pollfd p[4] = {
        {.events = POLLIN}, {.fd = -1, .events = POLLIN}, {.fd = 9999, .events = POLLIN}};
    struct timespec brief = {0, 1000000}, bad = {0, 2000000000};
    int a[2];

    unix_pair(a);
    p[0].fd = a[0];
    SHOW(poll, p, 2, 0);
    SHOW(poll, p, 2, 1);
    SHOW(poll, p, 3, -1);
    say("%x %x %x", p[0].revents, p[1].revents, (unsigned)p[2].revents);
    SHOW(write, a[1], "x", 1);
    SHOW(poll, p, 1, -1);
    SHOW(poll, 8, 1, 0);
    SHOW(poll, 0, 0, 1);
    SHOW(ppoll, p, 1, &bad, 0, 8);
    SHOW(read, a[0], buf, 4);
    SHOW(ppoll, p, 1, &brief, 0, 8);
    SHOW(close, a[0]);
    SHOW(poll, p, 1, 0);
    say("%x", (unsigned)p[0].revents);
    SHOW(close, a[1]);
}

static void descriptors(void)
{
    int a[2], low;

    SHOW(pipe2, a, 0);
    low = a[0];
    SHOW(fcntl, a[0], F_GETFL);
    SHOW(fcntl, a[1], F_GETFL);
    SHOW(fcntl, a[0], F_SETFL, O_NONBLOCK | O_RDWR);
    SHOW(fcntl, a[0], F_GETFL);
    SHOW(fcntl, a[0], F_GETFD);
    SHOW(fcntl, a[0], F_SETFD, FD_CLOEXEC);
    SHOW(fcntl, a[0], F_GETFD);
    int copy = OPEN(dup, a[0]);
    SHOW(fcntl, copy, F_GETFD);
    say("dup2 %d", CALL(dup2, a[0], 77) == 77);
    say("dup2 onto itself %d", CALL(dup2, 77, 77) == 77);
    SHOW(dup2, 9999, 9999);
    SHOW(dup3, 77, 77, 0);
    SHOW(dup3, a[0], 78, 1);
    SHOW(dup2, a[0], -1);
    SHOW(dup2, a[0], 1 << 24);
    say("F_DUPFD %d", CALL(fcntl, a[0], F_DUPFD, 90) == 90);
    SHOW(fcntl, a[0], F_DUPFD, -1);
    SHOW(fcntl, 9999, F_DUPFD, 0);
    SHOW(fcntl, a[0], 12345, 0);
    SHOW(close, low);
    say("the lowest again %d", CALL(dup, a[1]) == low);
    SHOW(close_range, 77, 90, 0);
    SHOW(close, 77);
    SHOW(close_range, 5, 4, 0);
    SHOW(close, low);
    SHOW(close, a[1]);
    SHOW(read, copy, buf, 1);
    SHOW(close, copy);
    SHOW(close, copy);
    SHOW(pipe2, 8, 0);
    SHOW(pipe2, a, 1);
}

/* Descriptors through a socket, in messages of several sizes. */
static void rights(void)
{
    char control[CMSG_SPACE(3 * sizeof(int))] __attribute__((aligned(8))) = {0};
    struct iovec iov = {buf, 4};
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control};
    struct cmsghdr *c = (struct cmsghdr *)control;
    int a[2], ends[2], fds[3];

    unix_pair(a);
    SHOW(pipe2, ends, O_NONBLOCK);
    memcpy(buf, "data", 4);
    *c = (struct cmsghdr){
        .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(8)};
    memcpy(CMSG_DATA(c), ends, 8);
    msg.msg_controllen = CMSG_SPACE(8);
    SHOW(write, a[0], "before", 6);
    SHOW(sendmsg, a[0], &msg, 0);
    SHOW(write, a[0], "after", 5);
    SHOW(close, ends[0]);
    SHOW(close, ends[1]);
    msg.msg_controllen = sizeof(control);
    iov.iov_len = 100;
    SHOW(recvmsg, a[1], &msg, MSG_CMSG_CLOEXEC);
    say("%lu %x %lu", msg.msg_controllen, (unsigned)msg.msg_flags, c->cmsg_len);
    memcpy(fds, CMSG_DATA(c), 8);
    SHOW(write, fds[1], "through", 7);
    SHOW(read, fds[0], buf, 10);
    SHOW(fcntl, fds[0], F_GETFD);
    msg.msg_controllen = sizeof(control);
    SHOW(recvmsg, a[1], &msg, 0);
    say("%lu %x", msg.msg_controllen, (unsigned)msg.msg_flags);
    /* dropped by read, and with the socket */
    *c = (struct cmsghdr){
        .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(4)};
    memcpy(CMSG_DATA(c), &fds[1], 4);
    msg.msg_controllen = CMSG_SPACE(4);
    iov.iov_len = 4;
    SHOW(sendmsg, a[0], &msg, 0);
    SHOW(close, fds[1]);
    SHOW(read, fds[0], buf, 1);
    SHOW(read, a[1], buf, 10);
    SHOW(read, fds[0], buf, 1);
    memcpy(CMSG_DATA(c), &fds[0], 4);
    msg.msg_controllen = CMSG_SPACE(4);
    SHOW(sendmsg, a[0], &msg, 0);
    SHOW(close, fds[0]);
    SHOW(close, a[0]);
    SHOW(close, a[1]);
}

static void large_vectors(void)
{
    struct iovec iov[40];
    int a[2];

    unix_pair(a);
    for (int i = 0; i < 40; i++)
        iov[i] = (struct iovec){buf + i * 100, (size_t)i};
    for (int i = 0; i < 4000; i++)
        buf[i] = (char)i;
    SHOW(writev, a[0], iov, 40);
    SHOW(writev, a[0], iov, 1025);
    SHOW(writev, a[0], 8, 2);
    iov[3].iov_base = (void *)8;
    SHOW(readv, a[1], iov, 3);
    SHOW(readv, a[1], iov + 4, 36);
    SHOW(read, a[1], buf, 1);
    SHOW(close, a[0]);
    SHOW(close, a[1]);
}

static void faults(void)
{
    int a[2];

    unix_pair(a);
    SHOW(write, a[0], 8, 10);
    SHOW(write, a[0], 8, 100000);
    SHOW(read, a[1], buf, 10);
    SHOW(write, a[0], "ok", 2);
    SHOW(read, a[1], 8, 10);
    SHOW(read, a[1], buf, 10);
    SHOW(recvfrom, a[1], 8, 10, MSG_PEEK, 0, 0);
    SHOW(write, a[0], "ok", 2);
    SHOW(recvfrom, a[1], 8, 10, MSG_PEEK, 0, 0);
    SHOW(recvfrom, a[1], buf, 10, MSG_PEEK, 0, 0);
    SHOW(sendmsg, a[0], 8, 0);
    SHOW(recvmsg, a[1], 8, 0);
    SHOW(getsockname, a[0], 8, buf);
    SHOW(close, a[0]);
    SHOW(read, a[1], buf, 1);
    SHOW(read, a[1], buf, 1);
    SHOW(close, a[1]);
}

/* ---- running ---- */

static const struct script {
    const char *name;
    void (*run)(void);
} scripts[] = {
    {"epoll, level-triggered", epoll_level},
    {"epoll, edge-triggered", epoll_edge},
    {"epoll, for once", epoll_oneshot},
    {"epoll, misuse", epoll_errors},
    {"epoll, nested", epoll_nested},
    {"epoll, duplicated descriptors", epoll_dup},
    {"epoll, TCP", epoll_tcp},
    {"epoll, room to write", epoll_room},
    {"eventfd", eventfds},
    {"timerfd", timerfds},
    {"select", selects},
    {"poll", polls},
    {"descriptors", descriptors},
    {"SCM_RIGHTS", rights},
    {"vectors", large_vectors},
    {"wild pointers", faults},
};

static void differences(void)
{
    char *a = transcript[0], *b = transcript[1];

    while (*a || *b) {
        size_t la = strcspn(a, "\n"), lb = strcspn(b, "\n");

        if (la != lb || memcmp(a, b, la))
            printf("    here: %.*s\n    host: %.*s\n", (int)la, a, (int)lb, b);
        a += la + !!a[la];
        b += lb + !!b[lb];
    }
}

static void test_main(void)
{
    for (u32 i = 0; i < ARRAY_SIZE(scripts); i++) {
        s64 before[BP_POOLS];
        bool clean = true;

        memset(transcript, 0, sizeof(transcript));
        for (int pool = 0; pool < BP_POOLS; pool++)
            before[pool] = bp_pool_in_use((enum bp_pool_id)pool);
        for (on_host = false;; on_host = true) {
            length = 0;
            scripts[i].run();
            if (on_host)
                break;
        }
        for (int pool = 0; pool < BP_POOLS; pool++) {
            s64 left = bp_pool_in_use((enum bp_pool_id)pool) - before[pool];

            if (left)
                printf("    pool %d: %lld objects left\n", pool, (long long)left);
            clean &= !left;
        }
        if (!check(!strcmp(transcript[0], transcript[1]), "%s: as the kernel does",
                   scripts[i].name))
            differences();
        check(clean, "%s: nothing is left", scripts[i].name);
    }
    harness_exit(failures != 0);
}

int main(void)
{
    return harness_run(1);
}
