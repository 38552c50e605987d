// sources: runtime-c/net/tcp*.c runtime-c/base/log.c runtime-c/net/siphash.c runtime-c/sched/wheel.c
// flags: -fsanitize=address,undefined -fno-sanitize-recover=all
/* Addresses and ports: which listener, which port, which number; and what runs out. */
#include "check.h"
#include "net_pair.h"

#include <errno.h>

enum {
    CLIENTS = 40,
};

static struct pair pair;
static struct stream clients[CLIENTS], served[CLIENTS];
static struct acceptor acceptors[3];

static void begin(void)
{
    pair_init(&pair, 1, 65535);
    for (u32 i = 0; i < CLIENTS; i++) {
        clients[i] = stream_of(7, 0);
        served[i] = stream_of(~7u, 0);
    }
    memset(acceptors, 0, sizeof(acceptors));
    for (u32 i = 0; i < ARRAY_SIZE(acceptors); i++)
        acceptors[i] = (struct acceptor){.streams = &served[i * 10], .capacity = 10};
}

static void end(void)
{
    for (u32 i = 0; i < CLIENTS; i++) {
        if (clients[i].flow)
            bp_tcp_abort(clients[i].flow);
        if (served[i].flow)
            bp_tcp_abort(served[i].flow);
    }
    check(pair_fini(&pair), "nothing leaked");
}

static int listen_on(u32 which, struct bp_ip_addr addr, bool v6only)
{
    struct bp_tcp_options options = bp_tcp_default_options;

    options.v6only = v6only;
    return bp_tcp_listen(&pair.hosts[1]->tcp, &acceptors[which].listener, &addr, 80, 8, &options,
                         &acceptor_ops, &acceptors[which]);
}

static int open_from(u32 which, u16 port)
{
    struct bp_tcp_key key = {
        .local = BP_IP_ANY4, .remote = pair.hosts[1]->addr, .remote_port = 80, .local_port = port};

    return bp_tcp_connect(&pair.hosts[0]->tcp, &key, &bp_tcp_default_options, &stream_ops,
                          &clients[which], &clients[which].flow);
}

static void the_best_listener_gets_it(void)
{
    begin();
    listen_on(0, BP_IP_ANY6, false);
    open_from(0, 0);
    pair_run(&pair, 50);
    check(acceptors[0].count == 1, ":: takes IPv4 too");
    listen_on(1, BP_IP_ANY4, false);
    open_from(1, 0);
    pair_run(&pair, 50);
    check(acceptors[1].count == 1, "0.0.0.0 comes before ::");
    listen_on(2, pair.hosts[1]->addr, false);
    open_from(2, 0);
    pair_run(&pair, 50);
    check(acceptors[2].count == 1, "and an address before both");
    check(listen_on(2, pair.hosts[1]->addr, false) == -EADDRINUSE,
          "no two on the same: EADDRINUSE");
    for (int i = 2; i >= 0; i--)
        bp_tcp_unlisten(&pair.hosts[1]->tcp, &acceptors[i].listener);
    listen_on(0, BP_IP_ANY6, true);
    open_from(3, 0);
    pair_run(&pair, 50);
    check(clients[3].error == ECONNREFUSED, "IPV6_V6ONLY does not");
    end();
}

static void ipv6(void)
{
    static const u8 prefix[15] = {0xfd};
    begin();
    for (int i = 0; i < 2; i++) {
        memcpy(pair.hosts[i]->addr.bytes, prefix, 15);
        pair.hosts[i]->addr.bytes[15] = (u8)(i + 1);
    }
    listen_on(0, BP_IP_ANY6, true);
    clients[0].total = served[0].total = 100000;
    struct bp_tcp_key key = {.local = BP_IP_ANY6, .remote = pair.hosts[1]->addr, .remote_port = 80};
    bp_tcp_connect(&pair.hosts[0]->tcp, &key, &bp_tcp_default_options, &stream_ops, &clients[0],
                   &clients[0].flow);
    pair_run(&pair, 2000);
    check(served[0].received == 100000 && clients[0].received == 100000, "IPv6 carries data");
    end();
}

static void ports(void)
{
    struct bp_tcp *tcp;
    bool differ = true;

    begin();
    tcp = &pair.hosts[0]->tcp;
    tcp->config.port_first = 40000;
    tcp->config.port_last = 40009;
    for (u32 i = 0; i < 10; i++)
        differ &= open_from(i, 0) == 0 && bp_tcp_key(clients[i].flow)->local_port >= 40000 &&
                  bp_tcp_key(clients[i].flow)->local_port <= 40009;
    check(differ, "ten ports for ten connections");
    check(open_from(10, 0) == -EADDRNOTAVAIL, "the eleventh: EADDRNOTAVAIL");
    check(open_from(11, 40003) == -EADDRINUSE, "the same ends again: EADDRINUSE");
    pair.hosts[0]->no_route = true;
    check(open_from(12, 0) == -ENETUNREACH, "no route: ENETUNREACH");
    pair.hosts[0]->no_route = false;
    pair_objects_max = pair_objects;
    check(open_from(13, 5) == -ENOBUFS, "no memory for a flow: ENOBUFS");
    pair_objects_max = pair_objects + 1;
    check(open_from(13, 5) == -ENOBUFS, "nor for its SYN: ENOBUFS");
    pair_objects_max = 1 << 30;
    bp_tcp_flush(tcp);
    check(!clients[13].gone, "and its user never hears of it");
    end();
}

/* One connection from a fixed port, opened and closed. */
static void once(u32 which)
{
    check(open_from(which, 1234) == 0, "connect");
    pair_run(&pair, 50);
    bp_tcp_close(clients[which].flow);
    pair_run(&pair, 50);
    bp_tcp_close(served[which].flow);
    pair_run(&pair, 50);
    check(clients[which].gone && served[which].gone, "closed");
}

static void time_wait_is_reused(void)
{
    begin();
    listen_on(0, BP_IP_ANY4, false);
    once(0);
    check(pair.hosts[0]->tcp.time_wait_count == 1, "TIME_WAIT");
    check(open_from(1, 1234) == -EADDRINUSE, "not at once again");
    pair_run(&pair, 1100);
    once(1);
    check(acceptors[0].count == 2, "RFC 6191: but a second later, as time stamps differ");
    end();
}

static void time_wait_is_bounded(void)
{
    begin();
    listen_on(0, BP_IP_ANY4, false);
    pair.hosts[0]->tcp.config.time_waits_max = 2;
    for (u32 i = 0; i < 5; i++) {
        open_from(i, (u16)(2000 + i));
        pair_run(&pair, 50);
        bp_tcp_close(clients[i].flow);
        bp_tcp_close(served[i].flow);
        pair_run(&pair, 50);
    }
    check(pair.hosts[0]->tcp.time_wait_count == 2, "the oldest are forgotten");
    check(pair.hosts[0]->tcp.stats.TCPTimeWaitOverflow == 3, "and counted");
    end();
}

/* A reader whose buffer is full takes all of it and closes, maybe after it has shut its own half
 * down: what the peer still has is refused at once, not after FIN-WAIT-2. */
static bool refused_at_once(bool shut, u32 window)
{
    bool refused;

    begin();
    pair_fini(&pair);
    pair_init(&pair, 1, 1 << 20); /* windows are told in units */
    listen_on(0, BP_IP_ANY4, false);
    clients[0].total = 1 << 20;
    served[0].window = window;
    served[0].slow_reader = true;
    open_from(0, 0);
    pair_run(&pair, 3000);
    if (shut)
        bp_tcp_shutdown_write(served[0].flow);
    pair_run(&pair, 1000);
    served[0].unread = 0;
    bp_tcp_close(served[0].flow);
    pair_run(&pair, 50);
    refused = (clients[0].error == ECONNRESET || clients[0].error == EPIPE) && served[0].gone &&
              pair.hosts[1]->tcp.stats.TCPAbortOnData == 1;
    end();
    return refused;
}

static void a_closed_window_does_not_outlive_its_user(void)
{
    enum {
        UNIT = 64, /* the window scale's, at most */
        WINDOW = 90 * 1448,
    };

    for (int shut = 0; shut < 2; shut++) {
        u32 refused = 0;

        for (u32 more = 0; more < UNIT; more++)
            refused += refused_at_once(shut, WINDOW + more);
        check(refused == UNIT, "with data on the way, %u of %u are refused at once", refused, UNIT);
    }
}

/* Peers that acknowledge the FIN and do not close: FIN-WAIT-2, and nobody waits for them. */
static void orphans_are_bounded(void)
{
    struct bp_tcp *tcp;

    begin();
    tcp = &pair.hosts[0]->tcp;
    listen_on(0, BP_IP_ANY4, false);
    tcp->config.orphans_max = 2;
    for (u32 i = 0; i < 4; i++) {
        open_from(i, (u16)(2000 + i));
        pair_run(&pair, 50);
        bp_tcp_close(clients[i].flow);
        pair_run(&pair, 50);
    }
    check(tcp->orphans == 2 && !clients[0].gone && !clients[1].gone, "two remain");
    check(clients[2].gone && clients[3].gone && tcp->stats.TCPAbortOnMemory == 2,
          "those beyond are reset, and counted");
    check(served[2].error == ECONNRESET, "which the peer sees");
    bp_tcp_close(served[0].flow);
    pair_run(&pair, 50);
    check(tcp->orphans == 1 && clients[0].gone, "whose peer closes is none any more");
    open_from(4, 2004);
    pair_run(&pair, 50);
    bp_tcp_close(clients[4].flow);
    pair_run(&pair, 50);
    check(tcp->orphans == 2 && !clients[4].gone, "there is room again");
    end();
}

static void nobody_behind_a_listener(void)
{
    begin();
    listen_on(0, BP_IP_ANY4, false);
    acceptors[0].absent = true;
    open_from(0, 0);
    pair_run(&pair, 50);
    check(clients[0].error == ECONNREFUSED, "who has nobody behind refuses at once");
    check(!pair.hosts[1]->tcp.stats.ListenOverflows, "which is no overflow");
    acceptors[0].absent = false;
    open_from(1, 0);
    pair_run(&pair, 6);
    acceptors[0].absent = acceptors[0].reject = true;
    pair_run(&pair, 50);
    check(clients[1].error == ECONNRESET, "and resets what was half open");
    end();
}

static void unlisten_forgets(void)
{
    begin();
    listen_on(0, BP_IP_ANY4, false);
    open_from(0, 0);
    pair_run(&pair, 6);
    check(pair.hosts[1]->tcp.requests == 1, "half open");
    bp_tcp_unlisten(&pair.hosts[1]->tcp, &acceptors[0].listener);
    check(pair.hosts[1]->tcp.requests == 0, "gone with its listener");
    pair_run(&pair, 100);
    check(clients[0].error == ECONNRESET, "the peer is reset");
    end();
}

static void numbers_are_unlike(void)
{
    struct bp_tcp_key key = {.local_port = 1, .remote_port = 2};
    struct bp_siphash_key other = {{9, 9}};
    u32 numbers[2];

    begin();
    open_from(0, 1000);
    open_from(1, 1001);
    for (int i = 0; i < 2; i++)
        memcpy(&numbers[i], bp_packet_data(pair.hosts[0]->queue[i].packet) + 4, 4);
    check(numbers[0] != numbers[1],
          "RFC 6528: initial numbers of two connections at one time differ");
    check(bp_siphash(&other, &key, sizeof(key)) !=
              bp_siphash(&pair.hosts[0]->tcp.config.secret, &key, sizeof(key)),
          "and need the secret");
    end();
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    the_best_listener_gets_it();
    ipv6();
    ports();
    time_wait_is_reused();
    time_wait_is_bounded();
    a_closed_window_does_not_outlive_its_user();
    orphans_are_bounded();
    nobody_behind_a_listener();
    unlisten_forgets();
    numbers_are_unlike();
    return failures != 0;
}
