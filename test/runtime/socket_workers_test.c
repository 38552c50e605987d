// sources: runtime-c/base/*.c runtime-c/base/*.S runtime-c/memory/*.c runtime-c/sched/*.c runtime-c/sched/*.S
// runtime-c/socket/*.c
/*
 * Several workers on the same channels: no byte is lost, doubled or changed, nobody sleeps for
 * ever, and nothing is left in the arena, whatever the threads do to each other's descriptors.
 */
#include "check.h"
#include "socket_harness.h"

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

enum {
    WORKERS = 3
};

static u32 running;

static void run_on(u32 worker, void (*fn)(void *), void *arg)
{
    struct bp_thread *thread = calloc(1, sizeof(*thread));

    if (bp_thread_init(thread, fn, arg))
        abort();
    thread->app_stats = harness_stats;
    thread->fs_base = bp_rdfsbase();
    thread->fds = harness_fds;
    thread->worker = bp_workers[worker % bp_nr_workers];
    bp_fdtable_add_thread(harness_fds);
    __atomic_add_fetch(&running, 1, __ATOMIC_SEQ_CST);
    bp_thread_start(thread);
}

static __attribute__((noreturn)) void end(void)
{
    __atomic_sub_fetch(&running, 1, __ATOMIC_SEQ_CST);
    harness_thread_end();
}

static void await_all(void)
{
    while (__atomic_load_n(&running, __ATOMIC_SEQ_CST))
        harness_sleep(200000);
}

static u32 next_random(u64 *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (u32)(*state >> 11);
}

/* ---- making pairs ---- */

static struct sockaddr_in at;
static int listener;

static void make_listener(void)
{
    u32 len = sizeof(at);

    at = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    listener = (int)bp_sys_socket(AF_INET, SOCK_STREAM, 0);
    bp_sys_bind((u64)listener, (u64)&at, sizeof(at));
    bp_sys_listen((u64)listener, 64);
    bp_sys_getsockname((u64)listener, (u64)&at, (u64)&len);
}

static void make_pair(int kind, int fds[2])
{
    if (kind == 0) {
        bp_sys_socketpair(AF_UNIX, SOCK_STREAM, 0, (u64)fds);
    } else if (kind == 1) {
        fds[0] = (int)bp_sys_socket(AF_INET, SOCK_STREAM, 0);
        bp_sys_connect((u64)fds[0], (u64)&at, sizeof(at));
        fds[1] = (int)bp_sys_accept((u64)listener, 0, 0);
    } else {
        int ends[2];

        bp_sys_pipe((u64)ends);
        fds[0] = ends[1];
        fds[1] = ends[0];
    }
}

static const char *const kinds[] = {"unix", "tcp", "pipe"};

/* ---- echo ---- */

enum {
    ECHO_ROUNDS = 5000
};

static void echo_server(void *arg)
{
    u64 fd = (u64)arg;
    char buf[128];
    long n;

    while ((n = bp_sys_read(fd, (u64)buf, sizeof(buf))) > 0)
        bp_sys_write(fd, (u64)buf, (u64)n);
    bp_sys_close(fd);
    end();
}

static void test_echo(int kind)
{
    int fds[2];
    u32 value, got, wrong = 0;

    make_pair(kind, fds);
    run_on(1, echo_server, (void *)(u64)fds[1]);
    for (u32 i = 0; i < ECHO_ROUNDS; i++) {
        value = i * 2654435761U;
        got = 0;
        bp_sys_write((u64)fds[0], (u64)&value, 4);
        if (bp_sys_read((u64)fds[0], (u64)&got, 4) != 4 || got != value)
            wrong++;
    }
    bp_sys_close((u64)fds[0]);
    await_all();
    check(!wrong, "%s: an echo over two workers", kinds[kind]);
}

/* ---- a stream of known bytes ---- */

enum {
    STREAM_BYTES = 40 << 20,
    PIECE_MAX = 100000
};

static u64 stream_wrong;

static void stream_reader(void *arg)
{
    static u8 buf[PIECE_MAX];
    u64 fd = (u64)arg, position = 0, random = 99;
    long n;

    while ((n = bp_sys_read(fd, (u64)buf, 1 + next_random(&random) % PIECE_MAX)) > 0) {
        for (long i = 0; i < n; i++, position++)
            stream_wrong += buf[i] != (u8)(position * 31 + (position >> 13));
    }
    stream_wrong += position != STREAM_BYTES;
    bp_sys_close(fd);
    end();
}

static void stream_writer(void *arg)
{
    static u8 buf[PIECE_MAX];
    u64 fd = (u64)arg, position = 0, random = 7;

    while (position < STREAM_BYTES) {
        u64 len = 1 + next_random(&random) % (next_random(&random) % 4 ? 300 : PIECE_MAX);

        len = BP_MIN(len, STREAM_BYTES - position);
        for (u64 i = 0; i < len; i++)
            buf[i] = (u8)((position + i) * 31 + ((position + i) >> 13));
        if (bp_sys_write(fd, (u64)buf, len) != (long)len)
            stream_wrong++;
        position += len;
    }
    bp_sys_close(fd);
    end();
}

static void test_stream(int kind)
{
    int fds[2];

    make_pair(kind, fds);
    run_on(1, stream_reader, (void *)(u64)fds[1]);
    run_on(2, stream_writer, (void *)(u64)fds[0]);
    await_all();
    check(!stream_wrong, "%s: 40 MiB in pieces of all sizes arrive as they were sent", kinds[kind]);
}

/* ---- an epoll server ---- */

enum {
    CLIENTS = 24,
    MESSAGES = 1500
};

static u32 replies;

static void epoll_client(void *arg)
{
    u64 fd = (u64)bp_sys_socket(AF_INET, SOCK_STREAM, 0), random = (u64)arg + 1;
    char out[600], in[600];

    if (bp_sys_connect(fd, (u64)&at, sizeof(at)))
        end();
    for (u32 i = 0; i < MESSAGES; i++) {
        u32 len = 1 + next_random(&random) % sizeof(out);

        memset(out, (int)next_random(&random), len);
        bp_sys_write(fd, (u64)out, len);
        if (bp_sys_recvfrom(fd, (u64)in, len, MSG_WAITALL, 0, 0) == (long)len &&
            !memcmp(in, out, len))
            __atomic_add_fetch(&replies, 1, __ATOMIC_RELAXED);
    }
    bp_sys_close(fd);
    end();
}

static void serve(u64 ep, u32 extra)
{
    struct epoll_event events[8];
    u32 closed = 0;
    char buf[700];

    while (closed < CLIENTS) {
        long n = bp_sys_epoll_wait(ep, (u64)events, 8, (u64)-1);

        for (long i = 0; i < n; i++) {
            u64 fd = events[i].data.u64;
            struct epoll_event event = {.events = EPOLLIN | extra};
            long got;

            if (fd == (u64)listener) {
                event.data.u64 = (u64)bp_sys_accept4(fd, 0, 0, SOCK_NONBLOCK);
                bp_sys_epoll_ctl(ep, EPOLL_CTL_ADD, event.data.u64, (u64)&event);
                continue;
            }
            while ((got = bp_sys_read(fd, (u64)buf, sizeof(buf))) > 0)
                bp_sys_write(fd, (u64)buf, (u64)got);
            if (got == 0) {
                bp_sys_close(fd);
                closed++;
            } else if (extra & EPOLLONESHOT) {
                event.data.u64 = fd;
                bp_sys_epoll_ctl(ep, EPOLL_CTL_MOD, fd, (u64)&event);
            }
        }
    }
}

static void test_epoll_server(u32 extra, const char *how)
{
    u64 ep = (u64)bp_sys_epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = (u64)listener};

    replies = 0;
    bp_sys_epoll_ctl(ep, EPOLL_CTL_ADD, (u64)listener, (u64)&event);
    for (u64 i = 0; i < CLIENTS; i++)
        run_on(1 + (u32)i, epoll_client, (void *)i);
    serve(ep, extra);
    await_all();
    bp_sys_close(ep);
    check(replies == CLIENTS * MESSAGES, "an epoll server, %s: %u of %u replies", how, replies,
          CLIENTS * MESSAGES);
}

/* ---- connections that come and go ---- */

enum {
    CONNECTIONS = 5000
};

static u32 refused;

static void connector(void *arg)
{
    char c;

    (void)arg;
    for (u32 i = 0; i < CONNECTIONS; i++) {
        u64 fd = (u64)bp_sys_socket(AF_INET, SOCK_STREAM, 0);

        if (bp_sys_connect(fd, (u64)&at, sizeof(at)) || bp_sys_write(fd, (u64) "q", 1) != 1 ||
            (i % 3 && bp_sys_read(fd, (u64)&c, 1) != 1))
            __atomic_add_fetch(&refused, 1, __ATOMIC_RELAXED);
        bp_sys_close(fd);
    }
    end();
}

static void acceptor(void *arg)
{
    char c;

    (void)arg;
    for (u32 i = 0; i < CONNECTIONS; i++) {
        u64 fd = (u64)bp_sys_accept((u64)listener, 0, 0);

        if (bp_sys_read(fd, (u64)&c, 1) == 1)
            bp_sys_write(fd, (u64) "a", 1);
        bp_sys_close(fd);
    }
    end();
}

static void test_connections(void)
{
    for (u32 i = 0; i < 2; i++) {
        run_on(i, connector, NULL);
        run_on(i + 1, acceptor, NULL);
    }
    await_all();
    check(!refused, "%u connections that come and go, %u failed", 2 * CONNECTIONS, refused);
}

/* ---- anything goes ---- */

enum {
    TARGETS = 24,
    STEPS = 60000
};

static int targets[TARGETS];

static u64 pick(u64 *random)
{
    return (u64)READ_ONCE(targets[next_random(random) % TARGETS]);
}

static void replace(u64 *random, int a, int b)
{
    bp_sys_close(
        (u64)__atomic_exchange_n(&targets[next_random(random) % TARGETS], a, __ATOMIC_RELAXED));
    if (b >= 0)
        bp_sys_close(
            (u64)__atomic_exchange_n(&targets[next_random(random) % TARGETS], b, __ATOMIC_RELAXED));
}

/* Never one of AF_UNIX: sockets that hold each other and nobody else does are not collected. */
static void send_descriptor(u64 fd, u64 what)
{
    char control[CMSG_SPACE(sizeof(int))] __attribute__((aligned(8))) = {0};
    struct iovec iov = {"r", 1};
    struct msghdr msg = {.msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = control,
                         .msg_controllen = sizeof(control)};
    struct cmsghdr *c = (struct cmsghdr *)control;
    u32 len = 4;
    int family;

    what = (u64)bp_sys_dup(what);
    if ((int)what >= 0 &&
        bp_sys_getsockopt(what, SOL_SOCKET, SO_DOMAIN, (u64)&family, (u64)&len) < 0) {
        *c = (struct cmsghdr){
            .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(4)};
        memcpy(CMSG_DATA(c), &what, 4);
        bp_sys_sendmsg(fd, (u64)&msg, MSG_DONTWAIT | MSG_NOSIGNAL);
    }
    bp_sys_close(what);
}

static void receive_descriptor(u64 *random, u64 fd)
{
    char control[CMSG_SPACE(sizeof(int))] __attribute__((aligned(8))) = {0}, c;
    struct iovec iov = {&c, 1};
    struct msghdr msg = {.msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = control,
                         .msg_controllen = sizeof(control)};
    int got;

    if (bp_sys_recvmsg(fd, (u64)&msg, MSG_DONTWAIT) > 0 && msg.msg_controllen) {
        memcpy(&got, CMSG_DATA((struct cmsghdr *)control), 4);
        replace(random, got, -1);
    }
}

static void one_step(u64 *random)
{
    static u8 buf[70000];
    struct epoll_event event = {.events = next_random(random) &
                                          (EPOLLIN | EPOLLOUT | EPOLLET | EPOLLONESHOT)},
                       events[4];
    struct sockaddr_in to = at;
    int fds[2], fd;

    switch (next_random(random) % 18) {
    case 0:
        if (!bp_sys_socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, (u64)fds))
            replace(random, fds[0], fds[1]);
        break;
    case 1:
        if (!bp_sys_pipe2((u64)fds, O_NONBLOCK | (next_random(random) & O_DIRECT)))
            replace(random, fds[0], fds[1]);
        break;
    case 2:
        fd = (int)bp_sys_socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        bp_sys_connect((u64)fd, (u64)&to, sizeof(to));
        replace(random, fd, -1);
        break;
    case 3:
        fd = (int)bp_sys_accept4((u64)listener, 0, 0, SOCK_NONBLOCK);
        if (fd >= 0)
            replace(random, fd, -1);
        break;
    case 4:
        replace(random, (int)bp_sys_epoll_create1(0), (int)bp_sys_eventfd2(1, EFD_NONBLOCK));
        break;
    case 5:
        fd = (int)bp_sys_dup(pick(random));
        if (fd >= 0)
            replace(random, fd, -1);
        break;
    case 6:
    case 7:
        bp_sys_write(pick(random), (u64)buf,
                     next_random(random) % (next_random(random) % 3 ? 200 : sizeof(buf)));
        break;
    case 8:
    case 9:
        bp_sys_read(pick(random), (u64)buf, next_random(random) % sizeof(buf));
        break;
    case 10:
        bp_sys_read(pick(random), 8, next_random(random) % 100);
        bp_sys_write(pick(random), 8, next_random(random) % 5000);
        break;
    case 11:
        bp_sys_shutdown(pick(random), next_random(random) % 3);
        break;
    case 12:
        bp_sys_epoll_ctl(pick(random), EPOLL_CTL_ADD, pick(random), (u64)&event);
        break;
    case 13:
        bp_sys_epoll_ctl(pick(random), 2 + next_random(random) % 2, pick(random), (u64)&event);
        break;
    case 14:
        bp_sys_epoll_wait(pick(random), (u64)events, 4, 0);
        break;
    case 15:
        send_descriptor(pick(random), pick(random));
        break;
    case 16:
        receive_descriptor(random, pick(random));
        break;
    case 17:
        to.sin_family = AF_UNSPEC;
        if (next_random(random) % 4 == 0)
            bp_sys_connect(pick(random), (u64)&to, sizeof(to));
        bp_sys_recvfrom(pick(random), (u64)buf, 100, MSG_PEEK | MSG_DONTWAIT, 0, 0);
        break;
    }
}

static void anything(void *arg)
{
    u64 random = (u64)arg * 0x9e3779b97f4a7c15ULL + 1;

    for (u32 i = 0; i < STEPS; i++)
        one_step(&random);
    end();
}

static void test_anything(void)
{
    bp_sys_fcntl((u64)listener, F_SETFL, O_NONBLOCK);
    for (u32 i = 0; i < TARGETS; i++)
        targets[i] = (int)bp_sys_eventfd2(1, EFD_NONBLOCK);
    for (u64 i = 0; i < 2 * WORKERS; i++)
        run_on((u32)i, anything, (void *)(i + 1));
    await_all();
    for (u32 i = 0; i < TARGETS; i++)
        bp_sys_close((u64)targets[i]);
    check(true, "six threads do anything to shared descriptors, and live");
}

/* ---- sockets in sockets ---- */

enum {
    NESTED = 3000
};

static void pass(int through, int what)
{
    char control[CMSG_SPACE(sizeof(int))] __attribute__((aligned(8))) = {0};
    struct iovec iov = {"r", 1};
    struct msghdr msg = {.msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = control,
                         .msg_controllen = sizeof(control)};
    struct cmsghdr *c = (struct cmsghdr *)control;

    *c = (struct cmsghdr){
        .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(4)};
    memcpy(CMSG_DATA(c), &what, 4);
    bp_sys_sendmsg((u64)through, (u64)&msg, 0);
}

static void test_nested(void)
{
    int held = (int)bp_sys_eventfd2(0, 0), fds[2];

    for (u32 i = 0; i < NESTED; i++) {
        make_pair(0, fds);
        pass(fds[0], held);
        bp_sys_close((u64)held);
        bp_sys_close((u64)fds[0]);
        held = fds[1];
    }
    check(bp_sys_close((u64)held) == 0,
          "%d sockets, each on its way through the next one, end at once", NESTED);
}

/* ---- */

static void test_main(void)
{
    s64 before[BP_POOLS];

    setvbuf(stdout, NULL, _IOLBF, 0);
    for (int pool = 0; pool < BP_POOLS; pool++)
        before[pool] = bp_pool_in_use((enum bp_pool_id)pool);
    make_listener();
    for (int kind = 0; kind < 2; kind++)
        test_echo(kind);
    for (int kind = 0; kind < 3; kind++)
        test_stream(kind);
    test_epoll_server(0, "level-triggered");
    test_epoll_server(EPOLLET, "edge-triggered");
    test_epoll_server(EPOLLONESHOT, "for once");
    test_connections();
    test_anything();
    test_nested();
    for (u32 fd = 3; fd < harness_fds->end; fd++)
        bp_sys_close(fd);
    for (int pool = 0; pool < BP_POOLS; pool++) {
        s64 left = bp_pool_in_use((enum bp_pool_id)pool) - before[pool];

        check(!left, "pool %d: %lld objects left", pool, (long long)left);
    }
    harness_exit(failures != 0);
}

int main(void)
{
    return harness_run(WORKERS);
}
