/* The acknowledgement field, the window and the time stamps of an acceptable segment. */
#include "net/tcp_flow.h"

enum {
    RTT_SAMPLE_MAX_MS = 120000,
};

/* RFC 9293, 3.10.7.4, fifth: newer segments only (WL1); in the same, as Linux, a window that is
 * larger or closed. */
static void update_window(struct bp_tcp_flow *flow, const struct bp_tcp_segment *segment,
                          struct bp_tcp_news *news)
{
    u32 window = segment->window << flow->send_wscale;

    if (!bp_seq_after(segment->ack, flow->snd_una) && !bp_seq_after(segment->seq, flow->snd_wl1) &&
        !(segment->seq == flow->snd_wl1 && (window > flow->snd_wnd || !window)))
        return;
    news->window = window != flow->snd_wnd;
    flow->snd_wl1 = segment->seq;
    flow->snd_wnd = window;
    flow->snd_wnd_max = BP_MAX(flow->snd_wnd_max, window);
}

/* Karn: what was sent once is timed exactly, the rest by time stamps if there are some. */
static void time_round_trip(struct bp_tcp_flow *flow, const struct bp_tcp_segment *segment,
                            struct bp_tcp_news *news)
{
    u64 since_us = (flow->tcp->now - news->when) / 1000;

    if (news->when) {
        news->rtt_us = (u32)BP_MAX(BP_MIN(since_us, (u64)RTT_SAMPLE_MAX_MS * 1000), 1u);
    } else if (news->cumulative && flow->timestamps && segment->ts_echo) {
        u32 echoed_ms = bp_tcp_now_ms(flow->tcp) + flow->ts_offset - segment->ts_echo;

        news->rtt_us = echoed_ms < RTT_SAMPLE_MAX_MS ? BP_MAX(echoed_ms, 1u) * 1000 : 0;
    }
    if (news->rtt_us)
        bp_tcp_rtt_sample(flow, news->rtt_us);
}

/* The bytes of the stream, without SYN and FIN, are the user's again. */
static void tell_acked(struct bp_tcp_flow *flow, u32 from)
{
    u32 to = bp_seq_min(flow->snd_una, flow->snd_end);

    from += !bp_tcp_synchronized(flow);
    if (!bp_seq_before(from, to))
        return;
    flow->bytes_acked += to - from;
    flow->ops->acked(flow->user, to - from);
}

static void progress(struct bp_tcp_flow *flow, const struct bp_tcp_segment *segment,
                     struct bp_tcp_news *news)
{
    time_round_trip(flow, segment, news);
    if (news->cumulative) {
        flow->backoff = 0;
        flow->stalled_ms = 0;
        flow->urgent_out = flow->urgent_out && bp_seq_after(flow->snd_urgent, flow->snd_una);
    }
    flow->tcp->stats.TCPDelivered += news->delivered;
    bp_tcp_rate_finish(flow, &news->rate);
    if (news->cumulative || news->sacked)
        bp_tcp_send_timer_rearm(flow);
}

static void tell_congestion(struct bp_tcp_flow *flow, const struct bp_tcp_news *news)
{
    const struct bp_tcp_congestion_ops *ops = bp_tcp_congestion(flow);

    if (ops->told)
        ops->told(flow, news);
    flow->cwnd = BP_MIN(flow->cwnd, (u32)BP_TCP_CWND_MAX);
}

/* The window has opened, or is still closed: the persist timer's business. */
static void watch_persist(struct bp_tcp_flow *flow, const struct bp_tcp_news *news)
{
    flow->probes = 0;
    if (flow->flight || !news->window || flow->send_timer != BP_TCP_SEND_PERSIST)
        return;
    flow->backoff = 0;
    flow->stalled_ms = 0;
    bp_tcp_timer_clear(flow, BP_TCP_TIMER_SEND);
}

/* RFC 5961, 5.2: what acknowledges the unsent, or something long gone, may be forged. */
static bool acceptable(struct bp_tcp_flow *flow, const struct bp_tcp_segment *segment)
{
    u32 oldest = flow->snd_una - BP_MAX(flow->snd_wnd_max, (u32)flow->mss);

    if (bp_seq_after(segment->ack, flow->snd_nxt) || bp_seq_before(segment->ack, oldest)) {
        bp_tcp_send_challenge(flow);
        return false;
    }
    return true;
}

bool bp_tcp_ack_input(struct bp_tcp_flow *flow, const struct bp_tcp_segment *segment)
{
    struct bp_tcp_news news = {.una = flow->snd_una};
    bool old = bp_seq_before(segment->ack, flow->snd_una);

    if (!acceptable(flow, segment))
        return false;
    flow->last_ack_received_ms = bp_tcp_now_ms(flow->tcp);
    if (!old)
        update_window(flow, segment, &news);
    if (flow->flight && !old)
        bp_tcp_flight_ack(flow, segment->ack, &news);
    if (flow->sack)
        bp_tcp_sack_input(flow, segment, &news);
    progress(flow, segment, &news);
    bp_tcp_tlp_acked(flow, segment, &news);
    bp_tcp_recovery_input(flow, segment, &news);
    tell_congestion(flow, &news);
    watch_persist(flow, &news);
    flow->output_due = true;
    bp_tcp_pend(flow);
    if (news.cumulative)
        tell_acked(flow, news.una);
    return true;
}
