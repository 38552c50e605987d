/*
 * Congestion states, as Linux names them: what an acknowledgement or a timeout means for the
 * window. Loss is found by RACK where the peer sends SACK, else by duplicate acknowledgements
 * (NewReno, RFC 6582, whose duplicates count as SACKed bytes); the window shrinks in proportion
 * (PRR, RFC 6937).
 */
#include "net/tcp_flow.h"

static void remember_for_undo(struct bp_tcp_flow *flow)
{
    struct bp_tcp_flight *flight = flow->flight;

    flight->can_undo = true;
    flight->undo_una = flow->snd_una;
    flight->undo_bytes = 0;
    flight->undo_cwnd = flow->cwnd;
    flight->undo_ssthresh = flow->ssthresh;
}

static void undo(struct bp_tcp_flow *flow)
{
    struct bp_tcp_flight *flight = flow->flight;

    flow->cwnd = BP_MAX(flow->cwnd, flight->undo_cwnd);
    flow->ssthresh = BP_MAX(flow->ssthresh, flight->undo_ssthresh);
    flow->congestion_state = BP_TCP_CA_OPEN;
    flight->can_undo = flight->frto = false;
    flow->backoff = 0;
    bp_tcp_flight_mark_all(flow, false);
}

static void leave(struct bp_tcp_flow *flow)
{
    flow->congestion_state = BP_TCP_CA_OPEN;
    flow->dupacks = 0;
    if (flow->flight)
        flow->flight->can_undo = flow->flight->frto = false;
    if (flow->reorder_persist && !--flow->reorder_persist)
        flow->reorder_mult = 1;
}

void bp_tcp_recovery_enter(struct bp_tcp_flow *flow)
{
    struct bp_tcp_flight *flight = flow->flight;

    if (bp_tcp_recovering(flow))
        return;
    if (flow->sack)
        flow->tcp->stats.TCPSackRecovery++;
    else
        flow->tcp->stats.TCPRenoRecovery++;
    remember_for_undo(flow);
    if (flow->congestion_state != BP_TCP_CA_CWR)
        flow->ssthresh = bp_tcp_congestion(flow)->ssthresh(flow);
    flow->congestion_state = BP_TCP_CA_RECOVERY;
    flow->ecn_reduced = flow->ecn;
    flight->recovery_point = flow->snd_nxt;
    flight->recovery_flight = bp_tcp_in_flight(flow);
    flight->prr_delivered = flight->prr_out = 0;
}

/* Once a round trip: ECN, or a loss that a probe has repaired. */
void bp_tcp_congestion_event(struct bp_tcp_flow *flow)
{
    if (flow->congestion_state >= BP_TCP_CA_CWR)
        return;
    flow->ssthresh = flow->cwnd = bp_tcp_congestion(flow)->ssthresh(flow);
    flow->congestion_state = BP_TCP_CA_CWR;
    flow->ecn_point = flow->snd_nxt;
    flow->ecn_reduced = flow->ecn;
}

void bp_tcp_recovery_timeout(struct bp_tcp_flow *flow)
{
    struct bp_tcp_flight *flight = flow->flight;
    struct bp_tcp_sent *head = bp_list_first(&flight->sent, struct bp_tcp_sent, by_seq);

    if (!bp_tcp_synchronized(flow)) {
        bp_tcp_flight_mark_lost(flow, head);
        bp_tcp_transmit_sent(flow, head);
        return;
    }
    flight->frto = flow->congestion_state != BP_TCP_CA_LOSS;
    if (flow->congestion_state < BP_TCP_CA_RECOVERY) {
        remember_for_undo(flow);
        if (flow->congestion_state != BP_TCP_CA_CWR)
            flow->ssthresh = bp_tcp_congestion(flow)->ssthresh(flow);
    }
    if (head->flags & BP_TCP_SENT_SACKED) {
        flow->tcp->stats.TCPSACKReneging++;
        bp_tcp_flight_forget_sacks(flow);
    }
    if (!flow->sack)
        flight->sacked = 0;
    bp_tcp_flight_mark_all(flow, true);
    flow->cwnd = flow->mss;
    flow->congestion_state = BP_TCP_CA_LOSS;
    flow->ecn_reduced = flow->ecn;
    flow->dupacks = 0;
    flow->tlp_out = false;
    flight->recovery_point = flow->snd_nxt;
}

/* RFC 5681, 2. */
static bool duplicate(const struct bp_tcp_flow *flow, const struct bp_tcp_segment *segment,
                      const struct bp_tcp_news *news)
{
    return segment->ack == flow->snd_una && !news->cumulative && !segment->len && !news->window &&
           !(segment->flags & (BP_TCP_SYN | BP_TCP_FIN));
}

static void lose_first(struct bp_tcp_flow *flow)
{
    struct bp_tcp_sent *head = bp_list_first(&flow->flight->sent, struct bp_tcp_sent, by_seq);

    if (head->end - head->seq > flow->mss &&
        !bp_tcp_flight_split(flow, head, head->seq + flow->mss))
        return;
    bp_tcp_flight_mark_lost(flow, head);
    flow->flight->sacked =
        BP_MIN(flow->flight->sacked, bp_tcp_in_flight(flow) - flow->flight->lost);
}

/* RFC 6582 with duplicates counted; RFC 3042 follows from the count. */
static void find_losses_newreno(struct bp_tcp_flow *flow, const struct bp_tcp_segment *segment,
                                const struct bp_tcp_news *news)
{
    struct bp_tcp_flight *flight = flow->flight;

    if (news->cumulative) {
        flow->dupacks = 0;
        if (flow->congestion_state == BP_TCP_CA_RECOVERY &&
            bp_seq_before(flow->snd_una, flight->recovery_point))
            lose_first(flow);
    } else if (duplicate(flow, segment, news)) {
        u32 most = bp_tcp_in_flight(flow) - flight->lost;

        flow->dupacks = (u8)BP_MIN(flow->dupacks + 1, 255);
        flight->sacked = BP_MIN(flight->sacked + flow->mss, most);
        if (flow->dupacks == BP_TCP_DUP_THRESH && !bp_tcp_recovering(flow))
            lose_first(flow);
    }
}

static void prr(struct bp_tcp_flow *flow, const struct bp_tcp_news *news)
{
    struct bp_tcp_flight *flight = flow->flight;
    u32 pipe = bp_tcp_pipe(flow), most;
    u64 target;
    s64 send;

    flight->prr_delivered += news->delivered;
    if (pipe > flow->ssthresh) {
        target = (u64)flight->prr_delivered * flow->ssthresh;
        send = (s64)((target + flight->recovery_flight - 1) / flight->recovery_flight) -
               flight->prr_out;
    } else {
        most = (u32)BP_MAX((s32)(flight->prr_delivered - flight->prr_out), (s32)news->delivered);
        if (news->cumulative && !news->lost)
            most += flow->mss;
        send = BP_MIN(flow->ssthresh - pipe, most);
    }
    if (!flight->prr_out)
        send = BP_MAX(send, (s64)flow->mss);
    flow->cwnd = BP_MAX(pipe + (u32)BP_MAX(send, 0), (u32)flow->mss);
}

static void input_open(struct bp_tcp_flow *flow, const struct bp_tcp_news *news)
{
    struct bp_tcp_flight *flight = flow->flight;

    if (flight && flight->lost) {
        bp_tcp_recovery_enter(flow);
        prr(flow, news);
        return;
    }
    if (flow->congestion_state == BP_TCP_CA_CWR && bp_seq_before(flow->snd_una, flow->ecn_point))
        return;
    flow->congestion_state = flight && flight->sacked ? BP_TCP_CA_DISORDER : BP_TCP_CA_OPEN;
    if (news->cumulative && flow->cwnd_limited)
        bp_tcp_congestion_acked(flow, news->cumulative);
}

static bool recovered(const struct bp_tcp_flow *flow)
{
    return !flow->flight || !bp_seq_before(flow->snd_una, flow->flight->recovery_point);
}

static void input_recovery(struct bp_tcp_flow *flow, const struct bp_tcp_news *news)
{
    struct bp_tcp_flight *flight = flow->flight;

    if (recovered(flow)) {
        flow->cwnd = BP_MAX(flow->ssthresh, (u32)flow->mss);
        leave(flow);
    } else if (news->dsack && flight->can_undo && !flight->undo_bytes) {
        flow->tcp->stats.TCPDSACKUndo++;
        undo(flow);
    } else {
        prr(flow, news);
    }
}

/* RFC 5682 in Linux's manner: what arrived though it was never sent again shows that the timeout
 * was wrong. */
static void input_loss(struct bp_tcp_flow *flow, const struct bp_tcp_news *news)
{
    if (flow->flight && flow->flight->frto && flow->flight->can_undo && news->original) {
        flow->tcp->stats.TCPSpuriousRTOs++;
        undo(flow);
        return;
    }
    if (recovered(flow))
        leave(flow);
    if (news->cumulative)
        bp_tcp_congestion_acked(flow, news->cumulative);
}

static void (*const inputs[])(struct bp_tcp_flow *flow, const struct bp_tcp_news *news) = {
    [BP_TCP_CA_OPEN] = input_open, [BP_TCP_CA_DISORDER] = input_open,
    [BP_TCP_CA_CWR] = input_open,  [BP_TCP_CA_RECOVERY] = input_recovery,
    [BP_TCP_CA_LOSS] = input_loss,
};

void bp_tcp_recovery_input(struct bp_tcp_flow *flow, const struct bp_tcp_segment *segment,
                           struct bp_tcp_news *news)
{
    if (flow->ecn && (segment->flags & (BP_TCP_ECE | BP_TCP_SYN)) == BP_TCP_ECE)
        bp_tcp_congestion_event(flow);
    if (flow->flight && flow->sack)
        news->lost = (news->cumulative || news->sacked) && bp_tcp_rack_detect(flow);
    else if (flow->flight)
        find_losses_newreno(flow, segment, news);
    inputs[flow->congestion_state](flow, news);
}
