/* The peer's stream: trimmed to the window, handed over in order; SACK and DSACK. */
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
    struct bp_packet *packet;
    struct bp_tcp_held held;
    bool goes_on = true;

    while (goes_on && (packet = bp_tcp_reassembly_next(flow, &held))) {
        goes_on = take(flow, packet, held.seq, held.end, held.fin);
        packet_free(flow, packet);
    }
    bp_tcp_reassembly_settle(flow);
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
            bp_tcp_reassembly_keep(flow, &wanted, packet);
            return;
        }
        packet_free(flow, packet);
        return;
    }
    in_order(flow, &wanted, packet);
}
