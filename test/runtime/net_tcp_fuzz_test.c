// sources: runtime-c/net/tcp*.c runtime-c/base/log.c runtime-c/net/siphash.c runtime-c/sched/wheel.c
// flags: -fsanitize=address,undefined -fno-sanitize-recover=all
/*
 * A hostile peer and an erratic user: segments near the truth and far from it, in every state, with
 * memory and packets running out. Nothing crashes, no state contradicts itself, nothing is left
 * over. Usage: [runs [first seed]]
 */
#include "check.h"
#include "net_pair.h"
#include "net/tcp_flow.h"

enum {
    FLOWS = 6,
    STEPS = 3000,
};

static struct pair pair;
static struct pair_host *host;
static struct stream streams[FLOWS];
static struct acceptor acceptor;
static struct bp_tcp_segment latest; /* of ours; what the peer builds on */

static u32 draw(u32 below)
{
    return pair_random(&pair, below);
}

static void note_output(void *wire, struct bp_packet *packet, const struct bp_tcp_key *key,
                        const struct bp_tcp_path *path)
{
    struct bp_tcp_segment segment;

    (void)wire, (void)key, (void)path;
    if (bp_tcp_segment_parse(&segment, bp_packet_data(packet), packet->len, packet->total) &&
        draw(4))
        latest = segment;
    pair_packet_free(NULL, packet);
}

static bool sometimes_full(void *wire, const struct bp_tcp_key *key)
{
    (void)wire, (void)key;
    return draw(8) == 0;
}

static const struct bp_tcp_wire_ops wire_ops = {
    .alloc = pair_alloc,
    .free = pair_packet_free,
    .output = note_output,
    .full = sometimes_full,
    .route = pair_route,
    .port_usable = pair_port_usable,
};

/* ---- What must always hold --------------------------------------------------------------- */

struct sums {
    u32 sacked, lost, again, next;
    bool ordered;
};

static struct sums sum_flight(const struct bp_tcp_flow *flow)
{
    struct sums sums = {.next = flow->snd_una, .ordered = true};

    bp_list_for_each (node, &flow->flight->sent) {
        const struct bp_tcp_sent *sent = bp_list_entry(node, struct bp_tcp_sent, by_seq);
        u32 len = sent->end - sent->seq;

        sums.ordered &= sent->seq == sums.next && len > 0 && len < 1 << 20;
        sums.next = sent->end;
        sums.sacked += sent->flags & BP_TCP_SENT_SACKED ? len : 0;
        sums.lost += sent->flags & BP_TCP_SENT_LOST ? len : 0;
        sums.again += sent->flags & BP_TCP_SENT_AGAIN ? len : 0;
    }
    return sums;
}

static struct bp_tcp_held *held_of(struct bp_packet *packet)
{
    return (struct bp_tcp_held *)(packet->buffer + (-(uintptr_t)packet->buffer & 7));
}

/* Runs ascend; what they hold is what is counted; the last of each is where its first says. A FIN
 * before the end of what the peer has sent makes no sense, and so then do the ends. */
static bool runs_are_right(const struct bp_tcp_reassembly *reassembly)
{
    struct bp_packet *run = reassembly->first, *last_run = NULL, *packet;
    u32 count = 0, runs = 0;
    bool right = run != NULL;

    for (; run && right; run = held_of(packet)->next) {
        u32 end = held_of(run)->end;
        bool fin = false;

        right &= !last_run || bp_seq_after(held_of(run)->seq, held_of(last_run)->seq);
        for (packet = run;; packet = held_of(packet)->next) {
            right &= fin || !bp_seq_after(held_of(packet)->seq, end);
            fin |= held_of(packet)->fin;
            end = bp_seq_max(end, held_of(packet)->end);
            count += held_of(packet)->segs;
            if (packet == held_of(run)->run_last || !held_of(packet)->next)
                break;
        }
        right &= packet == held_of(run)->run_last && (fin || end == held_of(packet)->end);
        last_run = run;
        runs++;
    }
    return right && runs == reassembly->runs && count == reassembly->count &&
           last_run == reassembly->last_run && runs <= BP_TCP_RUNS;
}

static bool consistent(const struct bp_tcp_flow *flow)
{
    struct sums sums;
    bool sane = flow->cwnd >= flow->mss && bp_tcp_in_flight(flow) < 1 << 30;

    if (flow->reassembly && !runs_are_right(flow->reassembly))
        return false;

    if (flow->entry.state == BP_TCP_SYN_SENT || flow->entry.state == BP_TCP_SYN_RECEIVED)
        sane = true;
    if (!flow->flight)
        return sane && flow->snd_una == flow->snd_nxt;
    sums = sum_flight(flow);
    return sane && sums.ordered && sums.next == flow->snd_nxt && sums.lost == flow->flight->lost &&
           sums.again == flow->flight->again && sums.again <= sums.lost &&
           (!flow->sack || sums.sacked == flow->flight->sacked) &&
           flow->flight->sacked + flow->flight->lost <= bp_tcp_in_flight(flow);
}

static bool all_consistent(void)
{
    for (u32 i = 0; i < ARRAY_SIZE(host->buckets); i++)
        for (struct bp_tcp_entry *entry = host->buckets[i]; entry; entry = entry->next)
            if (entry->kind == BP_TCP_KIND_FLOW &&
                !consistent(container_of(entry, struct bp_tcp_flow, entry)))
                return false;
    return true;
}

/* ---- The peer ---------------------------------------------------------------------------- */

static u32 near(u32 number)
{
    static const u32 steps[] = {0, 0, 0, 0, 1, 1, 100, 1000, 1448, 65535, 0x7fffffff, 0x80000000};
    u32 step = steps[draw(ARRAY_SIZE(steps))];

    if (!draw(40))
        return (u32)pair.random;
    return draw(3) ? number + step : number - step;
}

static u8 odd_flags(void)
{
    static const u8 usual[] = {BP_TCP_ACK,
                               BP_TCP_ACK,
                               BP_TCP_ACK,
                               BP_TCP_ACK | BP_TCP_PSH,
                               BP_TCP_SYN,
                               BP_TCP_SYN | BP_TCP_ACK,
                               BP_TCP_FIN | BP_TCP_ACK,
                               BP_TCP_RST,
                               BP_TCP_RST | BP_TCP_ACK,
                               BP_TCP_ACK | BP_TCP_ECE};

    return draw(20) ? usual[draw(ARRAY_SIZE(usual))] : (u8)draw(256);
}

static void add_options(struct bp_tcp_segment *segment)
{
    segment->options = (u8)(draw(3) ? BP_TCP_HAS_TIMESTAMPS : 0);
    segment->ts_value = draw(4) ? (u32)(pair.now / PAIR_MS) : (u32)pair.random;
    segment->ts_echo = near(latest.ts_value);
    if (segment->flags & BP_TCP_SYN) {
        segment->options |= (u8)(draw(8) & 7);
        segment->mss = (u16)(draw(3) ? 1460 : draw(65536));
        segment->wscale = (u8)draw(16);
        return;
    }
    segment->sacks = (u8)(draw(2) ? draw(5) : 0);
    for (u32 i = 0; i < segment->sacks; i++) {
        segment->sack[i].start = near(latest.ack ? latest.seq : 0) - draw(20000);
        segment->sack[i].end = segment->sack[i].start + draw(draw(2) ? 3000 : 100000);
    }
}

static struct bp_tcp_segment hostile_segment(void)
{
    struct bp_tcp_segment segment = {
        .flags = odd_flags(),
        .seq = near(latest.ack) + (draw(3) ? 0 : draw(64000)),
        .ack = near(latest.seq + (draw(2) ? latest.len : 0)),
        .window = draw(2) ? 65535 : draw(2000),
        .len = draw(3) ? 0 : draw(1400),
        .source = draw(30) ? latest.destination : (u16)(1000 + draw(20)),
        .destination = draw(30) ? latest.source : 80,
    };

    if (latest.flags & (BP_TCP_SYN | BP_TCP_FIN))
        segment.ack += draw(4) != 0;
    add_options(&segment);
    return segment;
}

/* Perhaps with a damaged header, perhaps in pieces, perhaps with no room in front. */
static void inject(void)
{
    struct bp_tcp_segment segment = hostile_segment();
    struct bp_packet *packet = pair_packet();
    u32 header = bp_tcp_segment_header_len(&segment);

    if (!draw(10))
        packet->offset = (u16)draw(8);
    bp_tcp_segment_build(&segment, bp_packet_data(packet));
    packet->len = (u16)(header + segment.len);
    packet->total = packet->len;
    memset(bp_packet_data(packet) + header, 0xab, segment.len);
    if (!draw(20))
        bp_packet_data(packet)[draw(header)] = (u8)draw(256);
    if (!draw(20))
        packet->len = packet->total = (u16)draw(header + 1);
    if (!draw(8) && packet->len > header) {
        packet->next = pair_packet();
        packet->next->len = (u16)draw(500);
        packet->total += packet->next->len;
        memset(bp_packet_data(packet->next), 0xcd, packet->next->len);
    }
    (draw(2) ? bp_tcp_input : bp_tcp_input_burst)(&host->tcp, packet, &host->peer->addr,
                                                  &host->addr, (u8)draw(4));
}

static void complain(void)
{
    u32 seq = near(latest.seq);
    u8 header[8] = {(u8)(latest.source >> 8),
                    (u8)latest.source,
                    (u8)(latest.destination >> 8),
                    (u8)latest.destination,
                    (u8)(seq >> 24),
                    (u8)(seq >> 16),
                    (u8)(seq >> 8),
                    (u8)seq};

    if (draw(2))
        bp_tcp_too_big(&host->tcp, &host->addr, &host->peer->addr, header, draw(70000));
    else
        bp_tcp_unreachable(&host->tcp, &host->addr, &host->peer->addr, header, 111);
}

/* ---- The user ---------------------------------------------------------------------------- */

/* One whose flow is not yet gone may still be called. */
static bool unused(const struct stream *stream)
{
    return stream->gone || !stream->window;
}

static void user_connects(struct stream *stream)
{
    struct bp_tcp_key key = {
        .local = BP_IP_ANY4, .remote = host->peer->addr, .remote_port = (u16)(1000 + draw(20))};

    if (!unused(stream))
        return;
    *stream = stream_of(0, 0);
    stream->window = 1 + draw(100000);
    stream->slow_reader = draw(2);
    if (bp_tcp_connect(&host->tcp, &key, &bp_tcp_default_options, &stream_ops, stream,
                       &stream->flow))
        stream->gone = true;
}

static void user_sends(struct stream *stream)
{
    u32 bytes = draw(20000);

    if (stream->flow && stream->queued - stream->acked < 1 << 20) {
        stream->queued += bytes;
        stream->total = stream->queued;
        bp_tcp_send_ready(stream->flow, bytes, !draw(4));
    }
}

static void user_reads(struct stream *stream)
{
    if (stream->flow)
        stream_consume(stream, draw(stream->unread + 1));
}

static void user_sets(struct stream *stream)
{
    struct bp_tcp_options options = bp_tcp_default_options;

    options.nodelay = draw(2);
    options.cork = draw(2);
    options.keepalive = draw(2);
    options.congestion = (u8)draw(BP_TCP_CONGESTIONS);
    options.max_segment = (u16)(draw(2) ? 0 : draw(2000));
    options.linger2_s = (s32)draw(3) - 1;
    options.user_timeout_ms = draw(2) * 30000;
    if (stream->flow)
        bp_tcp_set_options(stream->flow, &options);
}

static void user_ends(struct stream *stream)
{
    void (*const ends[])(struct bp_tcp_flow * flow) = {bp_tcp_shutdown_write, bp_tcp_shutdown_write,
                                                       bp_tcp_close, bp_tcp_abort};
    u32 how = draw(ARRAY_SIZE(ends));

    if (!stream->flow || draw(10))
        return;
    ends[how](stream->flow);
    if (how >= 2)
        stream->flow = NULL; /* no longer ours to touch */
}

static void (*const user[])(struct stream *stream) = {user_connects, user_sends, user_sends,
                                                      user_reads,    user_sets,  user_ends};

/* Accepts what there is a free stream for. */
static bool fuzz_accepted(void *none, struct bp_tcp_flow *flow)
{
    (void)none;
    for (u32 i = 0; i < FLOWS; i++)
        if (unused(&streams[i])) {
            streams[i] = stream_of(0, 0);
            streams[i].flow = flow;
            bp_tcp_attach(flow, &stream_ops, &streams[i]);
            stream_pump(&streams[i]);
            return true;
        }
    return false;
}

static enum bp_tcp_room fuzz_room(void *none)
{
    (void)none;
    return draw(10) ? BP_TCP_ROOM : draw(2) ? BP_TCP_FULL : BP_TCP_NOBODY;
}

static const struct bp_tcp_listener_ops listener_ops = {
    .room = fuzz_room,
    .accepted = fuzz_accepted,
};

/* ---- Runs -------------------------------------------------------------------------------- */

static void begin(u64 seed)
{
    struct bp_ip_addr any = BP_IP_ANY4;

    pair_init(&pair, seed, 1 << 20);
    host = pair.hosts[0];
    host->tcp.config.wire_ops = &wire_ops;
    host->tcp.config.time_waits_max = 3;
    host->tcp.config.reassembly_packets = draw(2) ? 16 : 500;
    host->tcp.config.ecn = draw(2);
    host->offloads = draw(2) ? BP_DEVICE_TSO | BP_DEVICE_TX_CHAIN : 0;
    memset(streams, 0, sizeof(streams));
    memset(&latest, 0, sizeof(latest));
    latest.destination = 1000;
    latest.source = 80;
    bp_tcp_listen(&host->tcp, &acceptor.listener, &any, 80, draw(4), &bp_tcp_default_options,
                  &listener_ops, NULL);
}

static void step(void)
{
    pair_objects_max = draw(8) ? 1 << 30 : pair_objects;
    host->no_packets = !draw(16);
    switch (draw(8)) {
    case 0:
        user[draw(ARRAY_SIZE(user))](&streams[draw(FLOWS)]);
        break;
    case 1:
        pair.now += draw(20) ? draw(300) * (u64)PAIR_MS : draw(100000) * (u64)PAIR_MS;
        bp_tcp_advance(&host->tcp, pair.now);
        break;
    case 2:
        if (!draw(10))
            complain();
        break;
    default:
        inject();
    }
    if (draw(2))
        bp_tcp_flush(&host->tcp);
}

static bool run(u64 seed)
{
    bool good = true;

    begin(seed);
    for (u32 i = 0; i < STEPS && good; i++) {
        step();
        good = all_consistent();
    }
    pair_objects_max = 1 << 30;
    host->no_packets = false;
    for (u32 i = 0; i < FLOWS; i++) {
        if (streams[i].flow)
            bp_tcp_abort(streams[i].flow);
    }
    bp_tcp_unlisten(&host->tcp, &acceptor.listener);
    return pair_fini(&pair) && good;
}

int main(int argc, char **argv)
{
    u64 runs = argc > 1 ? strtoull(argv[1], NULL, 0) : 200;
    u64 first = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
    u64 failed = 0;

    setvbuf(stdout, NULL, _IOLBF, 0);
    for (u64 seed = first; seed < first + runs; seed++) {
        bool good = run(seed);

        if (!good)
            printf("# seed %llu: %ld packets, %ld objects left\n", (unsigned long long)seed,
                   pair_packets, pair_objects);
        failed += !good;
        pair_packets = pair_objects = 0;
    }
    check(!failed, "%llu of %llu runs failed", (unsigned long long)failed,
          (unsigned long long)runs);
    return failures != 0;
}
