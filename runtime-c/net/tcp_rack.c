/*
 * RACK-TLP (RFC 8985): what was sent well before something that has arrived is lost; when the tail
 * stays unanswered, one probe asks about it before the retransmission timeout.
 */
#include "net/tcp_flow.h"

enum {
    TLP_MIN_US = 2000,
    TLP_MAX_ACK_DELAY_US = 200000,
    REORDER_PERSIST = 16, /* recoveries */
};

static u32 elapsed_us(const struct bp_tcp_flow *flow, u64 when)
{
    return (u32)BP_MIN((flow->tcp->now - when) / 1000, (u64)UINT32_MAX);
}

/* RACK_sent_after: of what left at the same time, the higher sequence number is the later. */
static bool sent_after(u64 when, u32 end, u64 other, u32 other_end)
{
    return when > other || (when == other && bp_seq_after(end, other_end));
}

/* 6.2, steps 2 and 3. */
void bp_tcp_rack_arrived(struct bp_tcp_flow *flow, const struct bp_tcp_sent *sent)
{
    struct bp_tcp_flight *flight = flow->flight;
    u32 rtt_us = elapsed_us(flow, sent->when);

    if (bp_seq_after(sent->end, flight->fack)) {
        flight->fack = sent->end;
    } else if (sent->end != flight->fack && sent->transmitted == 1) {
        flow->reorderings += !flow->reordering_seen;
        flow->reordering_seen = true;
    }
    /* An answer too soon is one to an earlier transmission. */
    if (sent->transmitted > 1 && rtt_us < flow->min_rtt_us)
        return;
    flight->rack_rtt_us = rtt_us;
    if (sent_after(sent->when, sent->end, flight->rack_when, flight->rack_end)) {
        flight->rack_when = sent->when;
        flight->rack_end = sent->end;
    }
}

/* 6.2, step 4: a needless retransmission widens the window, once a round trip. */
void bp_tcp_rack_dsack(struct bp_tcp_flow *flow)
{
    if (bp_seq_before(flow->snd_una, flow->flight->dsack_round))
        return;
    flow->flight->dsack_round = flow->snd_nxt;
    flow->reorder_mult = (u8)BP_MIN(flow->reorder_mult + 1, 255);
    flow->reorder_persist = REORDER_PERSIST;
}

static u32 reorder_window_us(const struct bp_tcp_flow *flow)
{
    if (!flow->reordering_seen &&
        (bp_tcp_recovering(flow) || flow->flight->sacked >= BP_TCP_DUP_THRESH * (u32)flow->mss))
        return 0;
    return (u32)BP_MIN((u64)flow->reorder_mult * flow->min_rtt_us / 4, (u64)flow->srtt_us);
}

/* 6.2, step 5. */
bool bp_tcp_rack_detect(struct bp_tcp_flow *flow)
{
    struct bp_tcp_flight *flight = flow->flight;
    u64 grace = ((u64)flight->rack_rtt_us + reorder_window_us(flow)) * 1000, wait = 0;
    bool found = false;

    bp_list_for_each_safe (node, &flight->by_time) {
        struct bp_tcp_sent *sent = bp_list_entry(node, struct bp_tcp_sent, by_time);

        if (!sent_after(flight->rack_when, flight->rack_end, sent->when, sent->end))
            break;
        if (sent->when + grace <= flow->tcp->now) {
            bp_tcp_flight_mark_lost(flow, sent);
            found = true;
        } else {
            wait = BP_MAX(wait, sent->when + grace - flow->tcp->now);
        }
    }
    if (wait)
        bp_tcp_send_timer_set(flow, BP_TCP_SEND_REORDER, wait / 1000 + 1);
    return found;
}

/* 7.2. False: it is for the retransmission timeout. */
bool bp_tcp_tlp_schedule(struct bp_tcp_flow *flow)
{
    u32 rto = bp_tcp_rto(flow), pto;

    if (!flow->sack || flow->congestion_state != BP_TCP_CA_OPEN || flow->tlp_out ||
        flow->flight->sacked || flow->backoff || !bp_tcp_synchronized(flow) || !flow->srtt_us)
        return false;
    pto = BP_MAX(2 * flow->srtt_us, (u32)TLP_MIN_US);
    if (bp_tcp_in_flight(flow) <= flow->mss)
        pto += TLP_MAX_ACK_DELAY_US;
    if (pto >= rto)
        return false;
    bp_tcp_send_timer_set(flow, BP_TCP_SEND_PROBE_LOSS, pto);
    return true;
}

/* The last segment once more, of a burst its last part. */
static bool send_tail(struct bp_tcp_flow *flow)
{
    struct bp_tcp_sent *last = bp_list_entry(flow->flight->sent.prev, struct bp_tcp_sent, by_seq);
    u32 len = last->end - last->seq;

    if (len > flow->mss) {
        last = bp_tcp_flight_split(flow, last, last->seq + (len - 1) / flow->mss * flow->mss);
        if (!last)
            return false;
    }
    return bp_tcp_transmit_sent(flow, last);
}

/* 7.3. New data are as good a probe. */
void bp_tcp_tlp_send(struct bp_tcp_flow *flow)
{
    u32 before = flow->snd_nxt;
    bool sent = bp_tcp_send_new_probe(flow);

    flow->tlp_retransmission = !sent;
    if (!sent)
        sent = send_tail(flow);
    if (sent) {
        flow->tcp->stats.TCPLossProbes++;
        flow->tlp_out = true;
        flow->tlp_end = bp_seq_max(before, flow->snd_nxt);
    }
    bp_tcp_send_timer_set(flow, BP_TCP_SEND_RETRANSMIT, bp_tcp_rto(flow));
}

/* 7.4.2: a probe that was a retransmission and repaired a loss means congestion; a DSACK or a plain
 * acknowledgement of the same number says that the original had arrived. */
void bp_tcp_tlp_acked(struct bp_tcp_flow *flow, const struct bp_tcp_segment *segment,
                      const struct bp_tcp_news *news)
{
    if (!flow->tlp_out || bp_seq_before(segment->ack, flow->tlp_end))
        return;
    if (!flow->tlp_retransmission || news->dsack) {
        flow->tlp_out = false;
    } else if (bp_seq_after(segment->ack, flow->tlp_end)) {
        flow->tlp_out = false;
        flow->tcp->stats.TCPLossProbeRecovery++;
        bp_tcp_congestion_event(flow);
    } else if (!news->cumulative && !segment->sacks && !segment->len) {
        flow->tlp_out = false;
    }
}
