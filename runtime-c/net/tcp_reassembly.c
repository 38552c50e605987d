/*
 * Segments that arrived before their time: a list of runs, in ascending order, with a gap before
 * each. In a run every packet starts at or before the end of those ahead of it, and the last one
 * reaches farthest. So a place is found by a look at each run and not at each packet; and there are
 * so few runs that a peer who leaves gaps on purpose costs little (CVE-2018-5390 was that).
 */
#include "net/tcp_flow.h"

/* ---- What is reported: RFC 2018, 4 ------------------------------------------------------- */

/* A new range swallows those it touches and goes to the front. */
static void report_range(struct bp_tcp_reassembly *reassembly, struct bp_tcp_range range)
{
    struct bp_tcp_range kept[BP_TCP_SACK_BLOCKS];
    u32 count = 0;

    for (u32 i = 0; i < reassembly->ranges; i++) {
        struct bp_tcp_range *other = &reassembly->recent[i];

        if (bp_seq_after(other->start, range.end) || bp_seq_before(other->end, range.start)) {
            kept[count++] = *other;
            continue;
        }
        range.start = bp_seq_min(range.start, other->start);
        range.end = bp_seq_max(range.end, other->end);
    }
    reassembly->recent[0] = range;
    reassembly->ranges = BP_MIN(count + 1, (u32)BP_TCP_SACK_BLOCKS);
    memcpy(&reassembly->recent[1], kept, (reassembly->ranges - 1) * sizeof(kept[0]));
}

static void forget_ranges(struct bp_tcp_reassembly *reassembly, u32 rcv_nxt)
{
    u32 count = 0;

    for (u32 i = 0; i < reassembly->ranges; i++)
        if (bp_seq_after(reassembly->recent[i].end, rcv_nxt))
            reassembly->recent[count++] = reassembly->recent[i];
    reassembly->ranges = count;
}

/* ---- Packets ----------------------------------------------------------------------------- */

static void packet_free(struct bp_tcp_flow *flow, struct bp_packet *packet)
{
    flow->tcp->config.wire_ops->free(flow->tcp->config.wire, packet);
}

/* The record lies in front of the payload, where headers were. NULL: no room for it. */
static struct bp_tcp_held *held_of(struct bp_packet *packet)
{
    u8 *place = packet->buffer + (-(uintptr_t)packet->buffer & 7);

    if (place + sizeof(struct bp_tcp_held) > bp_packet_data(packet))
        return NULL;
    return (struct bp_tcp_held *)place;
}

static struct bp_tcp_reassembly *reassembly_of(struct bp_tcp_flow *flow)
{
    if (flow->reassembly)
        return flow->reassembly;
    flow->reassembly = bp_tcp_get(flow->tcp, BP_TCP_OBJECT_REASSEMBLY);
    if (flow->reassembly)
        *flow->reassembly = (struct bp_tcp_reassembly){0};
    return flow->reassembly;
}

void bp_tcp_reassembly_settle(struct bp_tcp_flow *flow)
{
    forget_ranges(flow->reassembly, flow->rcv_nxt);
    if (flow->reassembly->first)
        return;
    bp_tcp_put(flow->tcp, BP_TCP_OBJECT_REASSEMBLY, flow->reassembly);
    flow->reassembly = NULL;
}

void bp_tcp_reassembly_free(struct bp_tcp_flow *flow)
{
    if (!flow->reassembly)
        return;
    flow->tcp->early -= flow->reassembly->count;
    for (struct bp_packet *packet = flow->reassembly->first, *next; packet; packet = next) {
        next = held_of(packet)->next;
        packet_free(flow, packet);
    }
    flow->reassembly->first = NULL;
    bp_tcp_reassembly_settle(flow);
}

/* ---- Runs, each by its first packet ------------------------------------------------------ */

static struct bp_tcp_held *last_of(struct bp_packet *run)
{
    return held_of(held_of(run)->run_last);
}

static struct bp_packet *next_run(struct bp_packet *run)
{
    return last_of(run)->next;
}

static bool run_covers(struct bp_packet *run, u32 seq)
{
    return !bp_seq_after(seq, last_of(run)->end);
}

/* The last run that starts at or before seq; NULL: none does. Mostly it is the last of all. */
static struct bp_packet *run_before(const struct bp_tcp_reassembly *reassembly, u32 seq)
{
    struct bp_packet *before = NULL, *run = reassembly->first;

    if (run && !bp_seq_after(held_of(reassembly->last_run)->seq, seq))
        return reassembly->last_run;
    for (; run && !bp_seq_after(held_of(run)->seq, seq); run = next_run(run))
        before = run;
    return before;
}

static void count_kept(struct bp_tcp_flow *flow, int packets)
{
    flow->reassembly->count += (u32)packets;
    flow->tcp->early += (u32)packets;
}

/* Behind a run (NULL: in front of all), as one of its own. */
static void add_run(struct bp_tcp_reassembly *reassembly, struct bp_packet *before,
                    struct bp_packet *packet)
{
    struct bp_packet **link = before ? &last_of(before)->next : &reassembly->first;

    held_of(packet)->next = *link;
    held_of(packet)->run_last = packet;
    *link = packet;
    if (reassembly->last_run == before)
        reassembly->last_run = packet;
    reassembly->runs++;
}

static void extend_run(struct bp_packet *run, struct bp_packet *packet)
{
    held_of(packet)->next = next_run(run);
    last_of(run)->next = packet;
    held_of(run)->run_last = packet;
}

/* Takes the run behind this one into it; what the last packet covers as a whole is given back. */
static void swallow_next(struct bp_tcp_flow *flow, struct bp_packet *run)
{
    struct bp_tcp_reassembly *reassembly = flow->reassembly;
    struct bp_packet *next = next_run(run), *after = next_run(next);
    bool covered = run_covers(run, last_of(next)->end) && !last_of(next)->fin;

    if (reassembly->last_run == next)
        reassembly->last_run = run;
    reassembly->runs--;
    if (!covered) {
        held_of(run)->run_last = held_of(next)->run_last;
        return;
    }
    last_of(run)->next = after;
    for (struct bp_packet *packet = next, *rest; packet != after; packet = rest) {
        rest = held_of(packet)->next;
        count_kept(flow, -held_of(packet)->segs);
        packet_free(flow, packet);
    }
}

/* Every copy of a byte is as good as another. */
static bool redundant(struct bp_packet *run, const struct bp_tcp_segment *segment)
{
    return run && run_covers(run, segment->seq + segment->len) &&
           (!(segment->flags & BP_TCP_FIN) || last_of(run)->fin);
}

/* Neither one flow nor all of them may keep what the device needs for what arrives. */
static bool has_room(const struct bp_tcp_flow *flow, const struct bp_tcp_segment *segment,
                     bool new_run)
{
    const struct bp_tcp_config *config = &flow->tcp->config;

    return flow->reassembly->count + segment->segs <= config->reassembly_packets &&
           (!new_run || flow->reassembly->runs < BP_TCP_RUNS) &&
           (!config->reassembly_total ||
            flow->tcp->early + segment->segs <= config->reassembly_total);
}

void bp_tcp_reassembly_keep(struct bp_tcp_flow *flow, const struct bp_tcp_segment *segment,
                            struct bp_packet *packet)
{
    struct bp_tcp_reassembly *reassembly = reassembly_of(flow);
    struct bp_packet *run = reassembly ? run_before(reassembly, segment->seq) : NULL;
    bool new_run = !run || !run_covers(run, segment->seq);
    struct bp_tcp_held *held = held_of(packet);
    struct bp_tcp_stats *stats = &flow->tcp->stats;

    flow->out_of_order += segment->segs;
    if (!reassembly || !held || !has_room(flow, segment, new_run)) {
        stats->TCPOFODrop += segment->segs;
        goto drop;
    }
    if (redundant(run, segment)) {
        bp_tcp_note_dsack(flow, segment->seq, segment->seq + segment->len);
        goto drop;
    }
    stats->TCPOFOQueue += segment->segs;
    *held = (struct bp_tcp_held){
        .seq = segment->seq,
        .end = segment->seq + segment->len,
        .segs = segment->segs,
        .fin = segment->flags & BP_TCP_FIN,
    };
    count_kept(flow, held->segs);
    if (new_run)
        add_run(reassembly, run, packet);
    else
        extend_run(run, packet);
    run = new_run ? packet : run;
    while (next_run(run) && run_covers(run, held_of(next_run(run))->seq))
        swallow_next(flow, run);
    if (segment->len)
        report_range(reassembly, (struct bp_tcp_range){held->seq, held->end});
    return;
drop:
    packet_free(flow, packet);
    if (reassembly && !reassembly->first)
        bp_tcp_reassembly_settle(flow);
}

struct bp_packet *bp_tcp_reassembly_next(struct bp_tcp_flow *flow, struct bp_tcp_held *held)
{
    struct bp_tcp_reassembly *reassembly = flow->reassembly;
    struct bp_packet *packet = reassembly->first;

    if (!packet || bp_seq_after(held_of(packet)->seq, flow->rcv_nxt))
        return NULL;
    *held = *held_of(packet);
    reassembly->first = held->next;
    count_kept(flow, -held->segs);
    if (held->run_last == packet)
        reassembly->runs--;
    else
        held_of(held->next)->run_last = held->run_last;
    if (reassembly->last_run == packet)
        reassembly->last_run = held->run_last == packet ? NULL : held->next;
    return packet;
}
