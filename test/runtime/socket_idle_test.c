// sources: runtime-c/base/*.c runtime-c/base/*.S runtime-c/memory/*.c runtime-c/sched/*.c runtime-c/sched/*.S
// runtime-c/socket/*.c
/*
 * The memory that an idle connection costs, as docs/architecture.md states it: a pair, a watch for
 * each end that an epoll instance has, and no buffer, whatever went through it before.
 */
#include "check.h"
#include "socket_harness.h"

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum {
    CONNECTIONS = 1000,
    PAIR_BYTES = 640,
    WATCH_BYTES = 128,
};

static int clients[CONNECTIONS], servers[CONNECTIONS];
static s64 before[BP_POOLS];

/* Objects of a pool since the last remember(). */
static s64 taken(enum bp_pool_id pool)
{
    return bp_pool_in_use(pool) - before[pool];
}

static void remember(void)
{
    for (int pool = 0; pool < BP_POOLS; pool++)
        before[pool] = bp_pool_in_use((enum bp_pool_id)pool);
}

static void connect_tcp(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(at);
    int listener = (int)bp_sys_socket(AF_INET, SOCK_STREAM, 0);

    bp_sys_bind((u64)listener, (u64)&at, len);
    bp_sys_listen((u64)listener, CONNECTIONS);
    bp_sys_getsockname((u64)listener, (u64)&at, (u64)&len);
    remember();
    for (int i = 0; i < CONNECTIONS; i++) {
        clients[i] = (int)bp_sys_socket(AF_INET, SOCK_STREAM, 0);
        if (bp_sys_connect((u64)clients[i], (u64)&at, sizeof(at)))
            check(false, "connection %d", i);
        servers[i] = (int)bp_sys_accept4((u64)listener, 0, 0, 0);
    }
}

static void connect_unix(void)
{
    remember();
    for (int i = 0; i < CONNECTIONS; i++) {
        int ends[2];

        if (bp_sys_socketpair(AF_UNIX, SOCK_STREAM, 0, (u64)ends))
            check(false, "pair %d", i);
        clients[i] = ends[0], servers[i] = ends[1];
    }
}

static void check_cost(const char *kind, const char *when, s64 pairs, s64 watches)
{
    for (int pool = 0; pool < BP_POOLS; pool++) {
        s64 expected = pool == BP_POOL_PAIR ? pairs : pool == BP_POOL_WATCH ? watches : 0;

        check(taken((enum bp_pool_id)pool) == expected, "%s, %s: %ld objects of pool %d", kind,
              when, (long)taken((enum bp_pool_id)pool), pool);
    }
}

/* A message through each, too long for one small chunk. */
static void use(void)
{
    static char bytes[3000];

    for (int i = 0; i < CONNECTIONS; i++) {
        bp_sys_write((u64)clients[i], (u64)bytes, sizeof(bytes));
        bp_sys_read((u64)servers[i], (u64)bytes, sizeof(bytes));
    }
}

static void test(const char *kind, void (*connect_all)(void))
{
    int epoll = (int)bp_sys_epoll_create1(0);

    setvbuf(stdout, NULL, _IOLBF, 0);
    connect_all();
    check_cost(kind, "made", CONNECTIONS, 0);
    for (int i = 0; i < CONNECTIONS; i++) {
        struct epoll_event event = {.events = EPOLLIN};

        bp_sys_epoll_ctl((u64)epoll, EPOLL_CTL_ADD, (u64)servers[i], (u64)&event);
    }
    check_cost(kind, "watched", CONNECTIONS, CONNECTIONS);
    use();
    check_cost(kind, "used", CONNECTIONS, CONNECTIONS);
    for (int i = 0; i < CONNECTIONS; i++) {
        bp_sys_close((u64)clients[i]);
        bp_sys_close((u64)servers[i]);
    }
    check_cost(kind, "closed", 0, 0);
}

static void test_main(void)
{
    check(bp_pool_size(BP_POOL_PAIR) == PAIR_BYTES, "a pair is %d bytes", PAIR_BYTES);
    check(bp_pool_size(BP_POOL_WATCH) == WATCH_BYTES, "a watch is %d bytes", WATCH_BYTES);
    test("TCP", connect_tcp);
    test("AF_UNIX", connect_unix);
    harness_exit(failures != 0);
}

int main(void)
{
    return harness_run(1);
}
