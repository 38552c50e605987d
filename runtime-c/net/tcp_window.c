/* The window we offer (RFC 9293, 3.8.6.2.2) and when acknowledgements leave (3.8.6.3). */
#include "net/tcp_flow.h"

static u32 clamped_room(struct bp_tcp_flow *flow)
{
    u32 room = flow->ops->room(flow->user);

    if (flow->options.window_clamp)
        room = BP_MIN(room, flow->options.window_clamp);
    room = BP_MIN(room, (u32)BP_TCP_UNSCALED_WINDOW_MAX << flow->receive_wscale);
    flow->rcv_room_max = BP_MAX(flow->rcv_room_max, room);
    return room;
}

/* Who is gone reads nothing; but a closed window would keep the peer from sending what we have to
 * refuse, and from hearing that we do. */
static u32 room_of_nobody(const struct bp_tcp_flow *flow)
{
    return flow->mss + (1u << flow->receive_wscale); /* is rounded down */
}

/* By how much the window grows at the least: else the peer would send in ever smaller pieces. */
static u32 worthwhile(const struct bp_tcp_flow *flow)
{
    return BP_MIN((u32)flow->rcv_mss, flow->rcv_room_max / 2);
}

static bool too_little(const struct bp_tcp_flow *flow, u32 offered, u32 room)
{
    return offered < flow->rcv_mss && room - offered < worthwhile(flow);
}

/* The right edge never goes back, and what scaling cannot express is not promised. */
u32 bp_tcp_window_select(struct bp_tcp_flow *flow)
{
    u32 offered = flow->rcv_edge - flow->rcv_nxt, room;

    if (flow->dead)
        return offered;
    room = flow->released ? room_of_nobody(flow) : clamped_room(flow);
    room = room >> flow->receive_wscale << flow->receive_wscale;
    if (room <= offered || (!flow->released && too_little(flow, offered, room)))
        return offered;
    flow->rcv_edge = flow->rcv_nxt + room;
    return room;
}

/* As Linux's dynamic right-sizing: what comes in a round trip is what the peer's window is. */
static void learn_window(struct bp_tcp_flow *flow)
{
    u32 now_us = (u32)(flow->tcp->now / 1000);

    if (now_us - flow->round_us < flow->srtt_us)
        return;
    if (flow->round_us)
        flow->rcv_a_round = BP_MAX(flow->rcv_a_round, flow->rcv_nxt - flow->round_seq);
    flow->round_seq = flow->rcv_nxt;
    flow->round_us = now_us | 1;
}

/* The largest payload seen, and slowly down again when segments have become smaller. */
static void learn_segment_size(struct bp_tcp_flow *flow, u32 len)
{
    if (len >= flow->rcv_mss)
        flow->rcv_mss = (u16)BP_MIN(len, (u32)flow->mss);
    else if (len >= BP_TCP_MSS_DEFAULT)
        flow->rcv_mss = (u16)((flow->rcv_mss * 3u + len) / 4);
}

void bp_tcp_ack_received_data(struct bp_tcp_flow *flow, u32 len)
{
    u32 owed = flow->rcv_nxt - flow->rcv_acked;

    learn_segment_size(flow, len);
    learn_window(flow);
    if (owed > flow->rcv_mss || flow->quickack_always || (flow->quick_acks && !flow->interactive)) {
        flow->ack_now = true;
    } else if (!flow->ack_later) {
        flow->ack_later = true;
        bp_tcp_timer_set(flow, BP_TCP_TIMER_ACK, BP_TCP_DELAYED_ACK_MS);
    }
}

void bp_tcp_window_reopen(struct bp_tcp_flow *flow)
{
    if (flow->dead || flow->fin_received || !bp_tcp_synchronized(flow) ||
        flow->rcv_edge - flow->rcv_nxt >= flow->mss)
        return;
    flow->ack_now = true;
    bp_tcp_act(flow);
}

/* An update is worth a packet when it at least doubles the window. */
void bp_tcp_recv_done(struct bp_tcp_flow *flow, u32 bytes)
{
    u32 offered = flow->rcv_edge - flow->rcv_nxt, room;

    if (!bytes || flow->dead || flow->released || flow->fin_received || !bp_tcp_synchronized(flow))
        return;
    room = clamped_room(flow);
    if (room <= offered || room - offered < offered || room - offered < worthwhile(flow))
        return;
    flow->ack_now = true;
    bp_tcp_act(flow);
}
