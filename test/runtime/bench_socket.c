// sources: runtime-c/base/*.c runtime-c/base/*.S runtime-c/memory/*.c runtime-c/sched/*.c runtime-c/sched/*.S
// runtime-c/socket/*.c
/* Times of single calls, in nanoseconds. Never asserted: run it on an idle machine. */
#include "socket_harness.h"

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>

static double ns_per_tsc;

static void calibrate(void)
{
    u64 t0 = bp_tsc(), n0 = bp_now();

    while (bp_now() - n0 < 50000000)
        ;
    ns_per_tsc = (double)(bp_now() - n0) / (double)(bp_tsc() - t0);
}

/* The fastest of several rounds. */
#define TIME(name, per_round, setup, body)                                         \
    do {                                                                           \
        double best = 1e30;                                                        \
        for (int round_ = 0; round_ < 30; round_++) {                              \
            setup;                                                                 \
            u64 start_ = bp_tsc();                                                 \
            for (int i = 0; i < (per_round); i++) {                                \
                body;                                                              \
            }                                                                      \
            double took_ = (double)(bp_tsc() - start_) * ns_per_tsc / (per_round); \
            best = took_ < best ? took_ : best;                                    \
        }                                                                          \
        printf("%-44s %8.1f ns\n", name, best);                                    \
    } while (0)

static u8 buf[1 << 20];

static void pair(int fds[2])
{
    bp_sys_socketpair(AF_UNIX, SOCK_STREAM, 0, (u64)fds);
}

static struct sockaddr_in listener_address(int *listener)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    u32 len = sizeof(at);

    *listener = (int)bp_sys_socket(AF_INET, SOCK_STREAM, 0);
    bp_sys_bind((u64)*listener, (u64)&at, sizeof(at));
    bp_sys_listen((u64)*listener, 128);
    bp_sys_getsockname((u64)*listener, (u64)&at, (u64)&len);
    return at;
}

static void tcp_pair(int listener, struct sockaddr_in *at, int fds[2])
{
    fds[0] = (int)bp_sys_socket(AF_INET, SOCK_STREAM, 0);
    bp_sys_connect((u64)fds[0], (u64)at, sizeof(*at));
    fds[1] = (int)bp_sys_accept((u64)listener, 0, 0);
}

static void bench_rw(void)
{
    int fds[2], listener, many[100];
    struct sockaddr_in at = listener_address(&listener);

    pair(fds);
    TIME("write + read 64 B, unix", 10000, , {
        bp_sys_write((u64)fds[0], (u64)buf, 64);
        bp_sys_read((u64)fds[1], (u64)buf + 4096, 64);
    });
    tcp_pair(listener, &at, fds);
    TIME("write + read 64 B, tcp", 10000, , {
        bp_sys_write((u64)fds[0], (u64)buf, 64);
        bp_sys_read((u64)fds[1], (u64)buf + 4096, 64);
    });
    TIME("write 64 B", 1000,
         while (bp_sys_recvfrom((u64)fds[1], (u64)buf, 1 << 20, MSG_DONTWAIT, 0, 0) > 0);
         , bp_sys_write((u64)fds[0], (u64)buf, 64));
    while (bp_sys_recvfrom((u64)fds[1], (u64)buf, 1 << 20, MSG_DONTWAIT, 0, 0) > 0)
        ;
    TIME("read 64 B", 1000, for (int j = 0; j < 1000; j++) bp_sys_write((u64)fds[0], (u64)buf, 64);
         , bp_sys_read((u64)fds[1], (u64)buf, 64));
    TIME("write + read 1 KiB", 1000, , {
        bp_sys_write((u64)fds[0], (u64)buf, 1024);
        bp_sys_read((u64)fds[1], (u64)buf + 4096, 1024);
    });
    TIME("write + read 4 KiB", 1000, , {
        bp_sys_write((u64)fds[0], (u64)buf, 4096);
        bp_sys_read((u64)fds[1], (u64)buf + 8192, 4096);
    });
    TIME("write + read 64 KiB", 200, , {
        bp_sys_write((u64)fds[0], (u64)buf, 65536);
        bp_sys_read((u64)fds[1], (u64)buf + 65536, 65536);
    });
    for (int i = 0; i < 50; i++)
        tcp_pair(listener, &at, &many[2 * i]);
    TIME("write + read 64 B, 50 in turn (each)", 50 * 20, ,
         bp_sys_write((u64)many[i % 50 * 2], (u64)buf, 64);
         if (i % 50 == 49) for (int j = 0; j < 50; j++)
             bp_sys_read((u64)many[j * 2 + 1], (u64)buf + 4096, 64));
}

static void bench_epoll(void)
{
    struct epoll_event event = {.events = EPOLLIN}, events[64];
    int fds[2], many[100], ep = (int)bp_sys_epoll_create1(0);

    pair(fds);
    TIME("epoll_ctl ADD + DEL, not ready", 10000, , {
        bp_sys_epoll_ctl((u64)ep, EPOLL_CTL_ADD, (u64)fds[0], (u64)&event);
        bp_sys_epoll_ctl((u64)ep, EPOLL_CTL_DEL, (u64)fds[0], (u64)&event);
    });
    bp_sys_epoll_ctl((u64)ep, EPOLL_CTL_ADD, (u64)fds[0], (u64)&event);
    TIME("epoll_ctl MOD, not ready", 10000, ,
         bp_sys_epoll_ctl((u64)ep, EPOLL_CTL_MOD, (u64)fds[0], (u64)&event));
    TIME("epoll_wait, nothing, no wait", 10000, , bp_sys_epoll_wait((u64)ep, (u64)events, 64, 0));
    bp_sys_write((u64)fds[1], (u64)buf, 1);
    TIME("epoll_wait, one ready", 10000, , bp_sys_epoll_wait((u64)ep, (u64)events, 64, 0));
    for (int i = 0; i < 50; i++) {
        pair(&many[2 * i]);
        bp_sys_epoll_ctl((u64)ep, EPOLL_CTL_ADD, (u64)many[2 * i], (u64)&event);
        bp_sys_write((u64)many[2 * i + 1], (u64)buf, 1);
    }
    TIME("epoll_wait, 51 ready", 1000, , bp_sys_epoll_wait((u64)ep, (u64)events, 64, 0));
    TIME("write + epoll_wait + read 64 B", 10000,
         while (bp_sys_recvfrom((u64)fds[0], (u64)buf, 1 << 20, MSG_DONTWAIT, 0, 0) > 0);
         , {
             bp_sys_write((u64)fds[1], (u64)buf, 64);
             bp_sys_epoll_wait((u64)ep, (u64)events, 64, 0);
             bp_sys_read((u64)fds[0], (u64)buf + 4096, 64);
         });
}

static void bench_connect(void)
{
    int fds[2], listener;
    struct sockaddr_in at = listener_address(&listener);

    TIME("socket + close", 1000, , bp_sys_close((u64)bp_sys_socket(AF_INET, SOCK_STREAM, 0)));
    TIME("socket, connect, accept, two closes", 1000, , {
        tcp_pair(listener, &at, fds);
        bp_sys_close((u64)fds[0]);
        bp_sys_close((u64)fds[1]);
    });
    TIME("socketpair + two closes", 1000, , {
        pair(fds);
        bp_sys_close((u64)fds[0]);
        bp_sys_close((u64)fds[1]);
    });
    TIME("pipe + two closes", 1000, , {
        bp_sys_pipe((u64)fds);
        bp_sys_close((u64)fds[0]);
        bp_sys_close((u64)fds[1]);
    });
}

/* ---- two threads ---- */

static int echo[2];
static bool stop;

static void echo_main(void *arg)
{
    u8 mine[64];
    long n;

    while ((n = bp_sys_read((u64)echo[1], (u64)mine, (u64)arg)) > 0 && !stop)
        bp_sys_write((u64)echo[1], (u64)mine, (u64)n);
    harness_thread_end();
}

static void sink_main(void *arg)
{
    static u8 mine[65536];

    (void)arg;
    while (bp_sys_read((u64)echo[1], (u64)mine, sizeof(mine)) > 0)
        ;
    harness_thread_end();
}

static void bench_threads(void)
{
    int listener;
    struct sockaddr_in at = listener_address(&listener);
    double start;

    tcp_pair(listener, &at, echo);
    harness_spawn(echo_main, (void *)64);
    TIME("echo 1 B, blocking, round trip", 10000, , {
        bp_sys_write((u64)echo[0], (u64)buf, 1);
        bp_sys_read((u64)echo[0], (u64)buf, 64);
    });
    TIME("echo 64 B, blocking, round trip", 10000, , {
        bp_sys_write((u64)echo[0], (u64)buf, 64);
        bp_sys_read((u64)echo[0], (u64)buf, 64);
    });
    tcp_pair(listener, &at, echo);
    harness_spawn(sink_main, NULL);
    for (int round = 0; round < 3; round++) {
        start = (double)bp_now();
        for (int i = 0; i < 20000; i++)
            bp_sys_write((u64)echo[0], (u64)buf, 65536);
        printf("%-44s %8.1f GB/s\n", "bulk, 64 KiB writes",
               20000.0 * 65536 / ((double)bp_now() - start));
    }
}

static void test_main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    calibrate();
    bench_rw();
    bench_epoll();
    bench_connect();
    bench_threads();
}

int main(void)
{
    return harness_run(1);
}
