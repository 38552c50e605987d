/* The peer's stream: trimmed to the window, handed over in order, kept when early; SACK and DSACK.
 */
#include "net/tcp_flow.h"

/* ---- Packets ----------------------------------------------------------------------------- */

static void packet_free(struct bp_tcp_flow *flow, struct bp_packet *packet)
{
    flow->tcp->config.wire_ops->free(flow->tcp->config.wire, packet);
}

/* Hands len bytes from `skip` on, over all pieces, to the user. Returns how many were taken. */
static u32 deliver(struct bp_tcp_flow *flow, const struct bp_packet *piece, u32 skip, u32 len)
{
    u32 taken = 0;

    for (; piece && taken < len; piece = piece->next) {
        u32 part = BP_MIN(piece->len - BP_MIN(skip, (u32)piece->len), len - taken), got;

        if (part) {
            got = flow->ops->deliver(flow->user, bp_packet_data(piece) + skip, part);
            taken += got;
            if (got < part)
                break;
        }
        skip -= BP_MIN(skip, (u32)piece->len);
    }
    return taken;
}

static u8 byte_at(const struct bp_packet *piece, u32 at)
{
    for (; at >= piece->len; piece = piece->next)
        at -= piece->len;
    return bp_packet_data(piece)[at];
}

/* The same, but that the urgent byte goes apart. */
static u32 deliver_marked(struct bp_tcp_flow *flow, const struct bp_packet *piece, u32 skip,
                          u32 len)
{
    u32 ahead = flow->rcv_urgent - flow->rcv_nxt, taken;

    if (likely(!flow->urgent_in) || ahead >= len || !flow->ops->deliver_urgent)
        return deliver(flow, piece, skip, len);
    taken = ahead ? deliver(flow, piece, skip, ahead) : 0;
    if (taken < ahead ||
        !flow->ops->deliver_urgent(flow->user, byte_at(piece, skip + ahead), flow->urgent_news))
        return taken;
    flow->urgent_in = flow->urgent_news = false;
    return ahead + 1 + deliver(flow, piece, skip + ahead + 1, len - ahead - 1);
}

/* ---- What we report ---------------------------------------------------------------------- */

void bp_tcp_note_dsack(struct bp_tcp_flow *flow, u32 start, u32 end)
{
    if (!flow->sack || !bp_seq_before(start, end))
        return;
    if (bp_seq_before(start, flow->rcv_nxt))
        flow->tcp->stats.TCPDSACKOldSent++;
    else
        flow->tcp->stats.TCPDSACKOfoSent++;
    flow->dsack = (struct bp_tcp_range){start, end};
}

/* RFC 2883: a duplicate first, once; then what is kept, the latest first. */
u32 bp_tcp_sack_blocks(struct bp_tcp_flow *flow, struct bp_tcp_range blocks[BP_TCP_SACK_BLOCKS])
{
    const struct bp_tcp_reassembly *reassembly = flow->reassembly;
    u32 count = 0;

    if (flow->dsack.start != flow->dsack.end)
        blocks[count++] = flow->dsack;
    flow->dsack = (struct bp_tcp_range){0, 0};
    for (u32 i = 0; reassembly && i < reassembly->ranges && count < BP_TCP_SACK_BLOCKS; i++)
        blocks[count++] = reassembly->recent[i];
    return count;
}

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

/* ---- The reassembly queue ---------------------------------------------------------------- */

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

static void reassembly_put(struct bp_tcp_flow *flow)
{
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
    reassembly_put(flow);
}

/* The packet behind which one that starts at seq belongs; NULL: it is the first. New ones mostly
 * come last. */
static struct bp_packet *predecessor(const struct bp_tcp_reassembly *reassembly, u32 seq)
{
    struct bp_packet *before = NULL;

    if (reassembly->last && !bp_seq_after(held_of(reassembly->last)->seq, seq))
        return reassembly->last;
    for (struct bp_packet *packet = reassembly->first;
         packet && !bp_seq_after(held_of(packet)->seq, seq); packet = held_of(packet)->next)
        before = packet;
    return before;
}

static void link_packet(struct bp_tcp *tcp, struct bp_tcp_reassembly *reassembly,
                        struct bp_packet *before, struct bp_packet *packet)
{
    struct bp_packet **link = before ? &held_of(before)->next : &reassembly->first;

    held_of(packet)->next = *link;
    *link = packet;
    if (reassembly->last == before)
        reassembly->last = packet;
    reassembly->count += held_of(packet)->segs;
    tcp->early += held_of(packet)->segs;
}

/* Overlaps are kept as they came; the first copy of each byte is the one delivered. True: it adds
 * nothing. */
static bool redundant(const struct bp_packet *before, const struct bp_tcp_segment *segment)
{
    return before &&
           !bp_seq_after(segment->seq + segment->len, held_of((struct bp_packet *)before)->end) &&
           !(segment->flags & BP_TCP_FIN);
}

/* Neither one flow nor all of them may keep what the device needs for what arrives. */
static bool has_room(const struct bp_tcp_flow *flow, const struct bp_tcp_segment *segment)
{
    const struct bp_tcp_config *config = &flow->tcp->config;

    return flow->reassembly->count + segment->segs <= config->reassembly_packets &&
           (!config->reassembly_total ||
            flow->tcp->early + segment->segs <= config->reassembly_total);
}

/* Takes over the packet. */
static void keep(struct bp_tcp_flow *flow, const struct bp_tcp_segment *segment,
                 struct bp_packet *packet)
{
    struct bp_tcp_reassembly *reassembly = reassembly_of(flow);
    struct bp_packet *before = reassembly ? predecessor(reassembly, segment->seq) : NULL;
    struct bp_tcp_held *held = held_of(packet);
    struct bp_tcp_stats *stats = &flow->tcp->stats;

    flow->out_of_order += segment->segs;
    if (!reassembly || !held || !has_room(flow, segment)) {
        stats->TCPOFODrop += segment->segs;
        goto drop;
    }
    if (redundant(before, segment)) {
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
    link_packet(flow->tcp, reassembly, before, packet);
    if (segment->len)
        report_range(reassembly, (struct bp_tcp_range){held->seq, held->end});
    return;
drop:
    packet_free(flow, packet);
    if (reassembly && !reassembly->first)
        reassembly_put(flow);
}

/* ---- In order ---------------------------------------------------------------------------- */

static const u8 state_after_fin[] = {
    [BP_TCP_ESTABLISHED] = BP_TCP_CLOSE_WAIT,
    [BP_TCP_FIN_WAIT1] = BP_TCP_CLOSING,
    [BP_TCP_FIN_WAIT2] = BP_TCP_TIME_WAIT,
};

static void take_fin(struct bp_tcp_flow *flow)
{
    flow->rcv_nxt++;
    flow->rcv_edge = bp_seq_max(flow->rcv_edge, flow->rcv_nxt);
    flow->fin_received = true;
    flow->ack_now = true;
    flow->entry.state = state_after_fin[flow->entry.state];
    if (!flow->released)
        flow->ops->peer_closed(flow->user);
    if (!flow->dead && flow->entry.state == BP_TCP_TIME_WAIT)
        bp_tcp_time_wait_enter(flow);
}

/* Takes what starts at or before rcv_nxt. False: the user took less than there was. */
static bool take(struct bp_tcp_flow *flow, struct bp_packet *packet, u32 seq, u32 end, bool fin)
{
    u32 len = bp_seq_after(end, flow->rcv_nxt) ? end - flow->rcv_nxt : 0;
    u32 taken = len ? deliver_marked(flow, packet, flow->rcv_nxt - seq, len) : 0;

    flow->rcv_nxt += taken;
    flow->bytes_received += taken;
    if (taken < len)
        flow->ack_now = true; /* the peer is to know how much it has to send again */
    if (flow->dead || taken < len)
        return false;
    if (fin && end == flow->rcv_nxt && !flow->fin_received)
        take_fin(flow);
    return !flow->dead;
}

/* What was early and now is next. */
static void take_held(struct bp_tcp_flow *flow)
{
    struct bp_tcp_reassembly *reassembly = flow->reassembly;
    bool goes_on = true;

    while (goes_on && reassembly->first) {
        struct bp_packet *packet = reassembly->first;
        struct bp_tcp_held held = *held_of(packet);

        if (bp_seq_after(held.seq, flow->rcv_nxt))
            break;
        reassembly->first = held.next;
        if (!held.next)
            reassembly->last = NULL;
        reassembly->count -= held.segs;
        flow->tcp->early -= held.segs;
        goes_on = take(flow, packet, held.seq, held.end, held.fin);
        packet_free(flow, packet);
    }
    forget_ranges(reassembly, flow->rcv_nxt);
    if (!reassembly->first)
        reassembly_put(flow);
    flow->ack_now = true; /* a gap is filled, wholly or partly: RFC 5681, 4.2 */
}

/* Cuts off what lies beyond the window; the FIN goes with it. */
static void trim_end(const struct bp_tcp_flow *flow, struct bp_tcp_segment *segment)
{
    if (!bp_seq_after(segment->seq + segment->len, flow->rcv_edge))
        return;
    segment->len = bp_seq_after(flow->rcv_edge, segment->seq) ? flow->rcv_edge - segment->seq : 0;
    segment->flags &= (u8)~BP_TCP_FIN;
}

static void in_order(struct bp_tcp_flow *flow, const struct bp_tcp_segment *segment,
                     struct bp_packet *packet)
{
    u32 end = segment->seq + segment->len;

    if (bp_seq_before(segment->seq, flow->rcv_nxt)) {
        bp_tcp_note_dsack(flow, segment->seq, bp_seq_min(end, flow->rcv_nxt));
        flow->ack_now = true;
    }
    if (take(flow, packet, segment->seq, end, segment->flags & BP_TCP_FIN) && segment->len)
        bp_tcp_ack_received_data(flow, BP_MIN(segment->len, (u32)segment->unit));
    packet_free(flow, packet);
    if (!flow->dead && flow->reassembly)
        take_held(flow);
}

/* RFC 1122, 4.2.2.13: nobody is there to read it. */
static bool data_after_close(struct bp_tcp_flow *flow, const struct bp_tcp_segment *segment)
{
    return flow->released && segment->len &&
           bp_seq_after(segment->seq + segment->len, flow->rcv_nxt);
}

void bp_tcp_data_input(struct bp_tcp_flow *flow, const struct bp_tcp_segment *segment,
                       struct bp_packet *packet)
{
    struct bp_tcp_segment wanted = *segment;

    if (data_after_close(flow, segment)) {
        flow->tcp->stats.TCPAbortOnData++;
        bp_tcp_send_reset(flow);
        bp_tcp_end(flow, 0);
        packet_free(flow, packet);
        return;
    }
    flow->last_data_received_ms = bp_tcp_now_ms(flow->tcp);
    flow->data_segs_in += segment->segs;
    trim_end(flow, &wanted);
    flow->ack_now |= wanted.len < segment->len;
    if (bp_seq_after(wanted.seq, flow->rcv_nxt)) {
        flow->ack_now = true;
        if (wanted.len || (wanted.flags & BP_TCP_FIN)) {
            keep(flow, &wanted, packet);
            return;
        }
        packet_free(flow, packet);
        return;
    }
    in_order(flow, &wanted, packet);
}
