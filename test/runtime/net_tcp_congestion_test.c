// sources: runtime-c/net/tcp*.c runtime-c/base/log.c runtime-c/net/siphash.c runtime-c/sched/wheel.c
// flags: -fsanitize=address,undefined -fno-sanitize-recover=all
/* How windows grow and shrink on a long path, as struct tcp_info tells it; and struct tcp_info
 * itself. */
#include "check.h"
#include "net_pair.h"

#include <linux/tcp.h>

static struct pair pair;
static struct stream client, served;
static struct acceptor acceptor;
static struct bp_tcp_options options;

static struct tcp_info info(void)
{
    struct tcp_info info;

    bp_tcp_info(client.flow, &info);
    return info;
}

/* An endless stream over 100 ms there and back. */
static void begin(enum bp_tcp_congestion congestion)
{
    pair_init(&pair, 3, 64 << 20);
    pair.link.delay = 50 * PAIR_MS;
    client = stream_of(7, 1ull << 40);
    served = stream_of(~7u, 0);
    client.send_buffer = served.window = 32 << 20;
    acceptor = (struct acceptor){.streams = &served, .capacity = 1};
    options = bp_tcp_default_options;
    options.congestion = congestion;
    acceptor_listen(&pair, &acceptor, &options, 4);
    stream_connect(&pair, &client, &options);
    pair_run(&pair, 100);
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

static bool lose_one;

/* One data segment of the client. */
static bool drop_one(const struct bp_packet *packet, bool from_client)
{
    if (!lose_one || !from_client || packet->total < 1000)
        return false;
    lose_one = false;
    return true;
}

static void slow_start_doubles(void)
{
    u32 before;

    begin(BP_TCP_CUBIC);
    before = info().tcpi_snd_cwnd;
    check(before == 10, "ten segments at first: %u", before);
    pair_run(&pair, 101);
    check(info().tcpi_snd_cwnd == 20, "twenty after a round trip: %u", info().tcpi_snd_cwnd);
    pair_run(&pair, 100);
    check(info().tcpi_snd_cwnd == 40, "forty after two: %u", info().tcpi_snd_cwnd);
    end();
}

/* RFC 9438: down to 0.7; flat around the old window after K = cbrt(0.3 W / 0.4) seconds; above it
 * later. */
static void cubic_has_a_plateau(void)
{
    u32 top, floor, middle;

    begin(BP_TCP_CUBIC);
    pair.link.drop = drop_one;
    pair_run(&pair, 300);
    top = 2 * info().tcpi_snd_cwnd; /* by the time the loss is seen */
    lose_one = true;
    pair_run(&pair, 300);
    floor = info().tcpi_snd_cwnd;
    check(info().tcpi_snd_ssthresh == floor || info().tcpi_snd_ssthresh + 2 >= floor,
          "one loss ends slow start at ssthresh");
    check(floor >= top * 68 / 100 && floor <= top * 72 / 100, "beta is 0.7: %u of %u", floor, top);
    for (u64 t = 0; t < 45; t++)
        pair_run(&pair, 100);
    middle = info().tcpi_snd_cwnd;
    check(middle >= top * 90 / 100 && middle <= top * 115 / 100,
          "K seconds later about the old %u: %u", top, middle);
    pair_run(&pair, 5000);
    check(info().tcpi_snd_cwnd > middle + middle / 10, "then it probes: %u", info().tcpi_snd_cwnd);
    end();
}

static void reno_adds_one_a_round_trip(void)
{
    u32 before, after;

    begin(BP_TCP_RENO);
    pair.link.drop = drop_one;
    pair_run(&pair, 200);
    lose_one = true;
    pair_run(&pair, 500);
    before = info().tcpi_snd_cwnd;
    pair_run(&pair, 1000);
    after = info().tcpi_snd_cwnd;
    check(after >= before + 8 && after <= before + 11, "ten round trips: %u to %u", before, after);
    end();
}

/* RFC 2861: what was right before a silence need not be now. */
static void idle_shrinks(void)
{
    u32 before;

    begin(BP_TCP_CUBIC);
    pair_run(&pair, 300);
    client.total = client.queued;
    pair_run(&pair, 3000);
    before = info().tcpi_snd_cwnd;
    pair_run(&pair, 20000);
    client.total += 100000;
    stream_pump(&client);
    check(before > 20 && info().tcpi_snd_cwnd == 10, "%u segments, after idling %u", before,
          info().tcpi_snd_cwnd);
    end();
}

/* 40 Mbit/s, 20 ms there and back, a queue of as much as the path holds: the path is kept busy. */
static void fills_a_bottleneck(enum bp_tcp_congestion congestion, const char *name)
{
    u64 before;
    u32 used;

    begin(congestion);
    pair.link = (struct pair_link){.delay = 10 * PAIR_MS, .rate = 5000, .queue = 100000};
    pair_run(&pair, 3000);
    before = served.received;
    pair_run(&pair, 10000);
    used = (u32)((served.received - before) / 500000);
    check(used >= 92, "%s uses %u %% of a bottleneck", name, used);
    check(info().tcpi_total_retrans < info().tcpi_data_segs_out / 20,
          "%u of %u segments were sent again", info().tcpi_total_retrans,
          info().tcpi_data_segs_out);
    check(pair.hosts[0]->tcp.stats.TCPTimeouts == 0, "without a timeout: %llu",
          (unsigned long long)pair.hosts[0]->tcp.stats.TCPTimeouts);
    end();
}

/* RFC 9406: a long queue does not overflow in slow start. */
static void slow_start_ends_before_loss(void)
{
    begin(BP_TCP_CUBIC);
    pair.link = (struct pair_link){.delay = 10 * PAIR_MS, .rate = 5000, .queue = 3000000};
    pair_run(&pair, 1500);
    check(info().tcpi_snd_ssthresh < 1500 && info().tcpi_total_retrans == 0,
          "slow start ended at %u segments, without a loss", info().tcpi_snd_ssthresh);
    end();
}

static void info_is_true(void)
{
    struct tcp_info is;

    begin(BP_TCP_CUBIC);
    pair.link.drop = drop_one;
    lose_one = true;
    pair_run(&pair, 1000);
    is = info();
    check(is.tcpi_state == 1 && is.tcpi_snd_mss == 1448 && is.tcpi_advmss == 1460 &&
              is.tcpi_pmtu == 1500,
          "state and sizes");
    check(is.tcpi_options == (TCPI_OPT_TIMESTAMPS | TCPI_OPT_SACK | TCPI_OPT_WSCALE), "options");
    check(is.tcpi_snd_wscale == 11 && is.tcpi_rcv_wscale == 11, "window scales: %u %u",
          is.tcpi_snd_wscale, is.tcpi_rcv_wscale);
    check(is.tcpi_rtt >= 100000 && is.tcpi_rtt < 102000 && is.tcpi_min_rtt >= 100000,
          "round trip: %u us", is.tcpi_rtt);
    check(is.tcpi_rto >= 300000 && is.tcpi_rto < 310000, "timeout: %u us", is.tcpi_rto);
    check(is.tcpi_total_retrans == 1 && is.tcpi_bytes_retrans == 1448, "one retransmission: %u",
          is.tcpi_total_retrans);
    check(is.tcpi_bytes_acked == client.acked && is.tcpi_unacked > 0, "bytes acknowledged");
    check(is.tcpi_bytes_sent >= is.tcpi_bytes_acked + is.tcpi_bytes_retrans, "bytes sent");
    bp_tcp_info(served.flow, &is);
    check(is.tcpi_bytes_received == served.received && is.tcpi_rcv_ooopack > 0, "bytes received");
    end();
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    slow_start_doubles();
    cubic_has_a_plateau();
    reno_adds_one_a_round_trip();
    idle_shrinks();
    slow_start_ends_before_loss();
    fills_a_bottleneck(BP_TCP_CUBIC, "CUBIC");
    fills_a_bottleneck(BP_TCP_RENO, "Reno");
    info_is_true();
    return failures != 0;
}
