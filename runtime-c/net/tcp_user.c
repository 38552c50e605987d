/* What users ask of a flow that is open: data, the end, options. */
#include "net/tcp_flow.h"

void bp_tcp_send_ready(struct bp_tcp_flow *flow, u32 bytes, bool more)
{
    if (flow->dead || flow->fin_queued)
        return;
    flow->snd_end += bytes;
    flow->more = more;
    bp_tcp_act(flow);
}

/* What a FIN makes of a state. 0: none is to be sent (again). */
static const u8 state_with_fin[] = {
    [BP_TCP_ESTABLISHED] = BP_TCP_FIN_WAIT1,
    [BP_TCP_SYN_RECEIVED] = BP_TCP_SYN_RECEIVED, /* FIN-WAIT-1 once established */
    [BP_TCP_CLOSE_WAIT] = BP_TCP_LAST_ACK,
    [BP_TCP_CLOSING] = 0,
};

void bp_tcp_shutdown_write(struct bp_tcp_flow *flow)
{
    u8 state = state_with_fin[flow->entry.state];

    if (flow->dead || flow->fin_queued)
        return;
    if (flow->entry.state == BP_TCP_SYN_SENT) {
        bp_tcp_end(flow, 0);
        return;
    }
    BP_BUG_ON(!state);
    flow->entry.state = state;
    flow->fin_queued = true;
    bp_tcp_keepalive_rearm(flow);
    bp_tcp_act(flow);
}

/* RFC 9293 lets FIN-WAIT-2 last for ever; when nobody waits for the peer's FIN, TCP_LINGER2 ends
 * it. */
void bp_tcp_fin_wait2(struct bp_tcp_flow *flow)
{
    if (!flow->released)
        return;
    if (flow->options.linger2_s < 0) {
        flow->tcp->stats.TCPAbortOnLinger++;
        bp_tcp_send_reset(flow);
        bp_tcp_end(flow, 0);
        return;
    }
    bp_tcp_timer_set(flow, BP_TCP_TIMER_KEEP, (u32)flow->options.linger2_s * 1000u);
}

/* Whose peers have gone silent take memory for minutes, and nobody is there to give up. */
static bool too_many_orphans(const struct bp_tcp *tcp)
{
    return tcp->config.orphans_max && tcp->orphans >= tcp->config.orphans_max;
}

void bp_tcp_close(struct bp_tcp_flow *flow)
{
    if (!flow->dead && too_many_orphans(flow->tcp)) {
        flow->tcp->stats.TCPAbortOnMemory++;
        bp_tcp_abort(flow);
        return;
    }
    flow->released = true;
    bp_tcp_pend(flow);
    if (flow->dead)
        return;
    flow->orphan = true;
    flow->tcp->orphans++;
    bp_tcp_shutdown_write(flow);
    bp_tcp_window_reopen(flow);
    if (flow->entry.state == BP_TCP_FIN_WAIT2)
        bp_tcp_fin_wait2(flow);
}

void bp_tcp_abort(struct bp_tcp_flow *flow)
{
    flow->released = true;
    bp_tcp_pend(flow);
    if (flow->dead)
        return;
    if (flow->entry.state != BP_TCP_SYN_SENT)
        bp_tcp_send_reset(flow);
    bp_tcp_end(flow, 0);
}

/* ---- Options ----------------------------------------------------------------------------- */

const struct bp_tcp_options *bp_tcp_options(const struct bp_tcp_flow *flow)
{
    return &flow->options;
}

void bp_tcp_set_options(struct bp_tcp_flow *flow, const struct bp_tcp_options *options)
{
    bool congestion = options->congestion != flow->options.congestion;

    flow->options = *options;
    if (flow->dead)
        return;
    if (congestion)
        bp_tcp_congestion_begin(flow);
    bp_tcp_set_mtu(flow, flow->mtu);
    bp_tcp_keepalive_rearm(flow);
    bp_tcp_act(flow);
}

void bp_tcp_quickack(struct bp_tcp_flow *flow, bool on)
{
    flow->quickack_always = on;
    flow->interactive = !on;
    if (!on || !flow->ack_later || flow->dead)
        return;
    flow->ack_now = true;
    bp_tcp_act(flow);
}

u32 bp_tcp_send_space(const struct bp_tcp_flow *flow)
{
    return 2 * flow->cwnd;
}

u32 bp_tcp_receive_space(const struct bp_tcp_flow *flow)
{
    return 2 * flow->rcv_a_round;
}

u32 bp_tcp_send_window(const struct bp_tcp_flow *flow)
{
    return BP_MIN(flow->cwnd, BP_MAX(flow->snd_wnd, (u32)flow->mss));
}

enum bp_tcp_state bp_tcp_state(const struct bp_tcp_flow *flow)
{
    return flow->entry.state;
}

const struct bp_tcp_key *bp_tcp_key(const struct bp_tcp_flow *flow)
{
    return &flow->entry.key;
}

int bp_tcp_soft_error(struct bp_tcp_flow *flow)
{
    int error = flow->soft_error;

    flow->soft_error = 0;
    return error;
}
