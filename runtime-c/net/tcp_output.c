/*
 * What leaves, and when: losses first, then new data as far as the congestion window, the peer's
 * window, Nagle's algorithm and silly-window avoidance (RFC 9293, 3.8.6.2.1, 3.7.4) let it.
 */
#include "net/tcp_flow.h"

enum {
    BLOCKED_RETRY_US = 1000,
    DEVICE_RETRY_MS = 1,
    CORK_MAX_US = 200000, /* a corked partial segment leaves at the latest then, as in Linux */
};

/* Most that one send may carry: what the device cuts into segments, or we. */
static u32 burst_max(const struct bp_tcp_flow *flow)
{
    u32 segments = BP_TCP_BURST_MAX / flow->mss;

    if (unlikely(flow->urgent_out)) /* devices copy the pointer as it is */
        return flow->mss;
    if (!bp_tcp_segments_by_device(flow))
        segments = BP_MIN(segments, (u32)BP_TCP_BURST_PACKETS);
    return segments * flow->mss;
}

static bool send_new(struct bp_tcp_flow *flow, u32 len, bool fin)
{
    struct bp_tcp_burst burst;
    u32 seq = flow->snd_nxt;
    u8 control = fin ? BP_TCP_FIN : 0;

    if (!bp_tcp_burst_fill(flow, &burst, seq, len))
        return false;
    if (!bp_tcp_flight_add(flow, seq, len + fin, control)) {
        bp_tcp_burst_free(flow, &burst);
        return false;
    }
    flow->snd_nxt += len + fin;
    if (len && len % flow->mss)
        flow->snd_small = seq + len;
    /* Data that answer data: a conversation, whose acknowledgements ride along. */
    if (len && flow->ack_later)
        flow->interactive = true;
    bp_tcp_burst_transmit(flow, &burst, seq, len, control, false);
    return true;
}

static u32 peer_window_room(const struct bp_tcp_flow *flow)
{
    u32 edge = flow->snd_una + flow->snd_wnd;

    return bp_seq_before(flow->snd_nxt, edge) ? edge - flow->snd_nxt : 0;
}

bool bp_tcp_send_new_probe(struct bp_tcp_flow *flow)
{
    u32 room = peer_window_room(flow);
    u32 len = BP_MIN(bp_tcp_unsent(flow), BP_MIN(room, (u32)flow->mss));
    bool fin =
        flow->fin_queued && !bp_tcp_fin_sent(flow) && len == bp_tcp_unsent(flow) && len < room;

    if (!len && !fin)
        return false;
    if (!send_new(flow, len, fin))
        return false;
    bp_tcp_send_timer_set(flow, BP_TCP_SEND_RETRANSMIT, bp_tcp_rto(flow));
    return true;
}

/* A partial segment at the end of the buffer: whether it is to wait for more. Minshall: only while
 * an earlier partial one is unacknowledged. */
static bool hold_back(const struct bp_tcp_flow *flow)
{
    if (flow->fin_queued || flow->urgent_out)
        return false;
    if (flow->options.cork || flow->more)
        return true;
    return !flow->options.nodelay && bp_tcp_in_flight(flow) &&
           bp_seq_after(flow->snd_small, flow->snd_una);
}

/* How much of the unsent to send next; 0: nothing now. */
static u32 portion(struct bp_tcp_flow *flow, u32 unsent)
{
    u32 room = peer_window_room(flow), pipe = bp_tcp_pipe(flow);
    u32 cwnd_room = flow->cwnd > pipe ? flow->cwnd - pipe : 0;
    u32 burst = BP_MIN(burst_max(flow), bp_tcp_pacing_quantum(flow));
    u32 len = BP_MIN(BP_MIN(unsent, room), burst);

    if (!len)
        return 0;
    if (cwnd_room < BP_MIN(len, (u32)flow->mss)) {
        flow->cwnd_limited = true;
        return 0;
    }
    len = BP_MIN(len, cwnd_room);
    if (len >= flow->mss)
        return len == unsent && !hold_back(flow) ? len : len / flow->mss * flow->mss;
    if (len == unsent)
        return hold_back(flow) ? 0 : len;
    /* The window cuts it short: worth it only when that is half of all the peer ever offers. */
    return len >= flow->snd_wnd_max / 2 ? len : 0;
}

static bool blocked(struct bp_tcp_flow *flow)
{
    bp_tcp_send_timer_set(flow, BP_TCP_SEND_BLOCKED, BLOCKED_RETRY_US);
    return false;
}

/* Whether the device has no room; then a timer comes back to it, should no acknowledgement do. */
static bool device_holds(struct bp_tcp_flow *flow)
{
    if (likely(!flow->tcp->config.wire_ops->full(flow->tcp->config.wire, &flow->entry.key)))
        return false;
    if (!flow->due_ms[BP_TCP_TIMER_PACE])
        bp_tcp_timer_set(flow, BP_TCP_TIMER_PACE, DEVICE_RETRY_MS);
    return true;
}

/* False: out of packets or memory; the timer comes back to it. */
static bool send_all_new(struct bp_tcp_flow *flow)
{
    u32 before = flow->snd_nxt;

    flow->cwnd_limited = false;
    for (;;) {
        u32 unsent = bp_tcp_unsent(flow), len = unsent ? portion(flow, unsent) : 0;
        bool fin = flow->fin_queued && !bp_tcp_fin_sent(flow) && len == unsent &&
                   peer_window_room(flow) > len;

        if ((!len && !fin) || bp_tcp_pacing_holds(flow) || device_holds(flow))
            break;
        if (!send_new(flow, len, fin))
            return blocked(flow);
    }
    if (flow->snd_nxt != before &&
        (!flow->due_ms[BP_TCP_TIMER_SEND] || flow->send_timer != BP_TCP_SEND_RETRANSMIT))
        bp_tcp_send_timer_rearm(flow);
    if (!bp_tcp_unsent(flow) && bp_tcp_pipe(flow) < flow->cwnd)
        bp_tcp_rate_app_limited(flow);
    return true;
}

/* The first `room` bytes of a record, so that a retransmission fits the window; whole segments. */
static struct bp_tcp_sent *fit(struct bp_tcp_flow *flow, struct bp_tcp_sent *sent, u32 room)
{
    u32 most = BP_MIN(burst_max(flow), BP_MAX(room / flow->mss * flow->mss, (u32)flow->mss));

    if (sent->end - sent->seq - !!sent->control <= most)
        return sent;
    return bp_tcp_flight_split(flow, sent, sent->seq + most) ? sent : NULL;
}

/* False: nothing more now, for one reason or another. */
static bool retransmit_record(struct bp_tcp_flow *flow, struct bp_tcp_sent *sent)
{
    u32 pipe = bp_tcp_pipe(flow), need = BP_MIN((u32)flow->mss, sent->end - sent->seq);

    if (pipe && pipe + need > flow->cwnd) {
        flow->cwnd_limited = true;
        return false;
    }
    if (bp_tcp_pacing_holds(flow) || device_holds(flow))
        return false;
    sent = fit(flow, sent, flow->cwnd > pipe ? flow->cwnd - pipe : 0);
    if (!sent || !bp_tcp_transmit_sent(flow, sent))
        return blocked(flow);
    if (!flow->due_ms[BP_TCP_TIMER_SEND])
        bp_tcp_send_timer_rearm(flow);
    return true;
}

/* False: losses are left, which come before anything new. */
static bool retransmit_lost(struct bp_tcp_flow *flow)
{
    struct bp_tcp_flight *flight = flow->flight;
    struct bp_list *node = bp_tcp_flight_from(flight, flight->resend);

    for (; node != &flight->sent && flight->lost != flight->again; node = node->next) {
        struct bp_tcp_sent *sent = bp_list_entry(node, struct bp_tcp_sent, by_seq);

        flight->resend = sent;
        if ((sent->flags & (BP_TCP_SENT_LOST | BP_TCP_SENT_AGAIN)) == BP_TCP_SENT_LOST &&
            !retransmit_record(flow, sent))
            return false;
    }
    return true;
}

/* Something waits, and nothing in flight will bring an acknowledgement that lets it go. */
static void watch_window(struct bp_tcp_flow *flow)
{
    bool waits = bp_tcp_unsent(flow) || (flow->fin_queued && !bp_tcp_fin_sent(flow));

    if (flow->flight || !waits || flow->due_ms[BP_TCP_TIMER_SEND] ||
        flow->due_ms[BP_TCP_TIMER_PACE])
        return;
    bp_tcp_send_timer_set(flow, BP_TCP_SEND_PERSIST,
                          peer_window_room(flow) ? (u32)CORK_MAX_US : bp_tcp_rto(flow));
}

void bp_tcp_output(struct bp_tcp_flow *flow)
{
    flow->output_due = false;
    if (flow->dead || !bp_tcp_synchronized(flow))
        return;
    if (!flow->flight && bp_tcp_unsent(flow))
        bp_tcp_congestion(flow)->resume(flow);
    if ((!flow->flight || retransmit_lost(flow)) && send_all_new(flow))
        watch_window(flow);
    if (flow->ack_now)
        bp_tcp_send_ack(flow);
}
