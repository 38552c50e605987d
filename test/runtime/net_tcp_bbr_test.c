// sources: runtime-c/net/tcp*.c runtime-c/base/log.c runtime-c/net/siphash.c runtime-c/sched/wheel.c
// flags: -fsanitize=address,undefined -fno-sanitize-recover=all
/* BBR on paths whose speed and length are known: what it finds out about them, and what it does
 * with losses, queues and silence. */
#include "check.h"
#include "net_pair.h"
#include "net/tcp_flow.h"

#include <linux/tcp.h>

enum {
    BYTES_PER_MS = 5000, /* 40 Mbit/s */
    RTT_MS = 20,
    PATH_HOLDS = BYTES_PER_MS * RTT_MS,
};

static struct pair pair;
static struct stream client, served;
static struct acceptor acceptor;

static struct tcp_info info(void)
{
    struct tcp_info info;

    bp_tcp_info(client.flow, &info);
    return info;
}

/* Bytes a second, as BBR takes the path to be. */
static unsigned long long speed(void)
{
    return BP_MAX(client.flow->bbr.bandwidth[0], client.flow->bbr.bandwidth[1]);
}

static void begin_without_sack(struct pair_link link, bool no_sack)
{
    struct bp_tcp_options options = bp_tcp_default_options;

    pair_init(&pair, 5, 64 << 20);
    link.delay = RTT_MS / 2 * PAIR_MS;
    link.rate = BYTES_PER_MS;
    pair.link = link;
    pair.hosts[0]->no_sack = pair.hosts[1]->no_sack = no_sack;
    client = stream_of(7, 1ull << 40);
    served = stream_of(~7u, 0);
    client.send_buffer = served.window = 32 << 20;
    acceptor = (struct acceptor){.streams = &served, .capacity = 1};
    options.congestion = BP_TCP_BBR;
    acceptor_listen(&pair, &acceptor, &options, 4);
    stream_connect(&pair, &client, &options);
}

static void begin(struct pair_link link)
{
    begin_without_sack(link, false);
}

static void end(void)
{
    check(!client.wrong && !served.wrong, "no byte was wrong");
    if (client.flow)
        bp_tcp_abort(client.flow);
    if (served.flow)
        bp_tcp_abort(served.flow);
    check(pair_fini(&pair), "nothing leaked");
}

/* Of what the path can carry, in percent, over so many milliseconds. */
static u32 use(u32 ms)
{
    u64 before = served.received;

    pair_run(&pair, ms);
    return (u32)((served.received - before) * 100 / ((u64)BYTES_PER_MS * ms));
}

static void finds_the_path(void)
{
    u32 used;

    begin((struct pair_link){.queue = 10 * PATH_HOLDS});
    pair_run(&pair, 1000);
    used = use(5000);
    check(used >= 93, "the path is used: %u %%", used);
    check(speed() > 4700000 && speed() < 5200000, "its speed is known: %llu of 5000000", speed());
    check(info().tcpi_min_rtt >= RTT_MS * 1000 && info().tcpi_min_rtt < (RTT_MS + 2) * 1000,
          "its length is known: %u us", info().tcpi_min_rtt);
    check(info().tcpi_total_retrans == 0, "nothing was lost: %u", info().tcpi_total_retrans);
    /* A long queue is there to be filled, and is not. */
    check(info().tcpi_rtt < 2 * RTT_MS * 1000, "no queue stays: %u us", info().tcpi_rtt);
    end();
}

static void does_not_mind_losses(void)
{
    static const struct {
        u32 loss, least; /* of 1000 packets; percent of the path */
    } cases[] = {{1, 92}, {10, 90}, {50, 80}, {100, 70}};

    for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
        u32 used;

        begin((struct pair_link){.queue = PATH_HOLDS, .loss = cases[i].loss});
        pair_run(&pair, 2000);
        used = use(10000);
        check(used >= cases[i].least, "with %u of 1000 lost, %u %% of the path is used",
              cases[i].loss, used);
        end();
    }
}

static void fills_a_short_queue(void)
{
    u32 used;

    begin((struct pair_link){.queue = PATH_HOLDS / 4});
    pair_run(&pair, 2000);
    used = use(10000);
    check(used >= 85, "a queue of a quarter of the path: %u %%", used);
    end();
}

/* When no round trip was as short as the shortest for ten seconds, the window is the least for a
 * fifth of one. */
static void looks_at_the_empty_path(void)
{
    u32 low_ms = 0, highest = 0;

    begin((struct pair_link){.queue = 10 * PATH_HOLDS});
    pair_run(&pair, 2000);
    for (u32 i = 0; i < 24000; i++) {
        pair_run(&pair, 1);
        low_ms += info().tcpi_snd_cwnd == 4;
        highest = BP_MAX(highest, info().tcpi_snd_cwnd);
    }
    check(low_ms >= 200 && low_ms < 1000, "once or twice in 24 s, for a fifth of one: %u ms",
          low_ms);
    check(highest > 100, "and the window was %u segments again", highest);
    end();
}

static void a_new_path_is_learnt(void)
{
    u32 used;

    begin((struct pair_link){.queue = PATH_HOLDS});
    pair_run(&pair, 2000);
    pair.link.rate = 4 * BYTES_PER_MS;
    pair.link.queue = 4 * PATH_HOLDS;
    pair_run(&pair, 3000);
    used = use(1000) / 4;
    check(used >= 90, "four times as wide: %u %%", used);
    pair.link.rate = BYTES_PER_MS;
    pair_run(&pair, 5000);
    used = use(2000);
    check(used >= 85, "and narrow again: %u %%", used);
    check(info().tcpi_rtt < 3 * RTT_MS * 1000, "the queue is gone: %u us", info().tcpi_rtt);
    end();
}

/* 1 kB every 20 ms: what the user gives is not taken for what the path can. */
static void a_slow_user_is_not_a_slow_path(void)
{
    unsigned long long before;

    begin((struct pair_link){.queue = 10 * PATH_HOLDS});
    pair_run(&pair, 2000);
    before = speed();
    client.total = client.queued;
    pair_run(&pair, 7000);
    check(client.acked == client.total, "all has arrived");
    for (u32 i = 0; i < 200; i++) {
        client.total += 1000;
        stream_pump(&client);
        pair_run(&pair, 20);
    }
    check(speed() >= before / 10 * 9, "%llu B/s was known, and is: %llu", before, speed());
    end();
}

static void does_not_mind_reordering(void)
{
    u32 used;

    begin((struct pair_link){.queue = PATH_HOLDS, .jitter = 3 * PAIR_MS});
    pair_run(&pair, 2000);
    used = use(5000);
    check(used >= 75, "reordering is no loss: %u %%", used);
    end();
}

static void without_sack(void)
{
    u32 used;

    begin_without_sack((struct pair_link){.queue = 10 * PATH_HOLDS, .loss = 2}, true);
    pair_run(&pair, 2000);
    used = use(5000);
    check(used >= 30, "without SACK, 2 of 1000 lost: %u %%", used);
    end();
}

static void is_chosen_and_left(void)
{
    struct bp_tcp_options options;

    begin((struct pair_link){.queue = PATH_HOLDS});
    pair_run(&pair, 1000);
    check(info().tcpi_pacing_rate != UINT64_MAX, "BBR paces");
    options = *bp_tcp_options(client.flow);
    options.congestion = BP_TCP_CUBIC;
    bp_tcp_set_options(client.flow, &options);
    check(info().tcpi_pacing_rate * info().tcpi_rtt / 1000000 >=
              (u64)info().tcpi_snd_cwnd * info().tcpi_snd_mss * 115 / 100,
          "CUBIC does not: it tells of more than its window a round trip, as Linux");
    pair_run(&pair, 1000);
    options.congestion = BP_TCP_BBR;
    bp_tcp_set_options(client.flow, &options);
    check(info().tcpi_pacing_rate != UINT64_MAX, "and it can be taken up again");
    check(use(3000) >= 80, "the stream goes on");
    end();
}

int main(void)
{
    finds_the_path();
    does_not_mind_losses();
    fills_a_short_queue();
    looks_at_the_empty_path();
    a_new_path_is_learnt();
    a_slow_user_is_not_a_slow_path();
    does_not_mind_reordering();
    without_sack();
    is_chosen_and_left();
    return failures != 0;
}
