// sources: runtime-c/net/tcp*.c runtime-c/base/log.c runtime-c/net/siphash.c runtime-c/sched/wheel.c
// flags: -fsanitize=address,undefined -fno-sanitize-recover=all
/*
 * Links that lose, reorder, duplicate and mark, by many seeds and with each congestion control:
 * every byte arrives, once and in order, and both ends find their end. Usage: [seeds [first]]
 */
#include "check.h"
#include "net_pair.h"

struct weather {
    const char *name;
    struct pair_link link;
    u64 bytes;
    u32 offloads;
    bool no_sack;
};

static const struct weather weathers[] = {
    {"a clear link", {.delay = 2 * PAIR_MS}, 400000},
    {"one in a hundred lost", {.delay = 2 * PAIR_MS, .loss = 10}, 400000},
    {"one in ten lost", {.delay = 5 * PAIR_MS, .loss = 100}, 100000},
    {"one in three lost", {.delay = 5 * PAIR_MS, .loss = 330}, 8000},
    {"order is random", {.delay = 5 * PAIR_MS, .jitter = 10 * PAIR_MS}, 200000},
    {"duplicates", {.delay = 5 * PAIR_MS, .duplicate = 300}, 200000},
    {"everything at once",
     {.delay = 5 * PAIR_MS, .jitter = 10 * PAIR_MS, .duplicate = 100, .loss = 50, .mark = 50},
     100000},
    {"bursts cut by the device",
     {.delay = PAIR_MS, .jitter = PAIR_MS, .loss = 20},
     400000,
     BP_DEVICE_TSO | BP_DEVICE_TX_CHAIN},
    {"no SACK, one in fifty lost", {.delay = 2 * PAIR_MS, .loss = 20}, 200000, .no_sack = true},
    {"no SACK, everything",
     {.delay = 5 * PAIR_MS, .jitter = 4 * PAIR_MS, .duplicate = 50, .loss = 50},
     60000,
     .no_sack = true},
};

static struct pair pair;
static struct stream client, served;
static struct acceptor acceptor;

static bool finished(void)
{
    return client.gone && served.gone;
}

static void begin(const struct weather *weather, u64 seed, const struct bp_tcp_options *options)
{
    pair_init(&pair, seed * 7919 + 1, 1 << 20);
    pair.link = weather->link;
    for (int i = 0; i < 2; i++) {
        pair.hosts[i]->offloads = weather->offloads;
        pair.hosts[i]->tcp.config.ecn = weather->link.mark;
        pair.hosts[i]->no_sack = weather->no_sack;
    }
    client = stream_of(7, weather->bytes);
    served = stream_of(~7u, weather->bytes / 2);
    served.window = 60000 + pair_random(&pair, 200000);
    client.send_buffer = 20000 + pair_random(&pair, 200000);
    client.close_when_sent = client.shutdown_only = true;
    served.close_when_sent = served.shutdown_only = true;
    acceptor = (struct acceptor){.streams = &served, .capacity = 1};
    acceptor_listen(&pair, &acceptor, options, 4);
}

/* The last acknowledgement may be lost so often that TIME_WAIT does not outlive it: then who sent
 * the FIN cannot know that all has arrived, though it has. */
static bool complete(const struct stream *stream, const struct stream *other)
{
    bool told = !stream->error && stream->acked == stream->total;

    return (told || other->gone || other->peer_closed) && other->received == stream->total &&
           !stream->wrong && stream->peer_closed;
}

static bool run(const struct weather *weather, u64 seed)
{
    struct bp_tcp_options options = bp_tcp_default_options;
    bool good;

    options.congestion = (u8)(seed % BP_TCP_CONGESTIONS);
    begin(weather, seed, &options);
    stream_connect(&pair, &client, &options);
    for (int i = 0; i < 900 && !(client.peer_closed && served.peer_closed &&
                                 client.acked == client.total && served.acked == served.total);
         i++)
        pair_run(&pair, 1000);
    good = complete(&client, &served) && complete(&served, &client);
    if (!good)
        printf("# seed %llu: sent %llu/%llu acked, %llu/%llu received, errors %d %d, wrong %d %d\n",
               (unsigned long long)seed, (unsigned long long)client.acked,
               (unsigned long long)served.acked, (unsigned long long)served.received,
               (unsigned long long)client.received, client.error, served.error, client.wrong,
               served.wrong);
    if (client.flow)
        bp_tcp_close(client.flow);
    if (served.flow)
        bp_tcp_close(served.flow);
    pair_run(&pair, 600000);
    if (!finished())
        printf("# seed %llu: not gone: %d %d\n", (unsigned long long)seed, client.gone,
               served.gone);
    good &= finished();
    return pair_fini(&pair) && good;
}

int main(int argc, char **argv)
{
    u64 seeds = argc > 1 ? strtoull(argv[1], NULL, 0) : 8;
    u64 first = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;

    setvbuf(stdout, NULL, _IOLBF, 0);
    for (u32 i = 0; i < ARRAY_SIZE(weathers); i++) {
        u64 failed = 0;

        for (u64 seed = first; seed < first + seeds; seed++)
            failed += !run(&weathers[i], seed);
        check(!failed, "%s: %llu of %llu runs failed", weathers[i].name, (unsigned long long)failed,
              (unsigned long long)seeds);
    }
    return failures != 0;
}
