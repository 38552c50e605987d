/*
 * Sends spread over time, for the congestion control that sets a rate, and for users that set a
 * limit. The grain is that of the
 * timers, a millisecond: as much as that may go at once, so on paths shorter than it, it is the
 * window that limits.
 */
#include "net/tcp_flow.h"

enum {
    BURST_NS = BP_TCP_MS,
    NS_PER_S = 1000000000,
};

u64 bp_tcp_pacing_rate(const struct bp_tcp_flow *flow)
{
    u64 rate = flow->pacing_rate, most = flow->options.pacing_max;

    return most && (!rate || most < rate) ? most : rate;
}

/* Most that should leave in one go: a burst's worth, and not less than two segments. */
u32 bp_tcp_pacing_quantum(const struct bp_tcp_flow *flow)
{
    u64 rate = bp_tcp_pacing_rate(flow), burst = rate / (NS_PER_S / BURST_NS);

    if (!rate)
        return BP_TCP_BURST_MAX;
    return (u32)BP_MAX(BP_MIN(burst, (u64)BP_TCP_BURST_MAX), 2 * (u64)flow->mss);
}

/* Whether it is too early for more; then a timer will come back to it. */
bool bp_tcp_pacing_holds(struct bp_tcp_flow *flow)
{
    u64 now = flow->tcp->now;

    if (!bp_tcp_pacing_rate(flow) || flow->pace_at <= now + BURST_NS)
        return false;
    if (!flow->due_ms[BP_TCP_TIMER_PACE])
        bp_tcp_timer_set(flow, BP_TCP_TIMER_PACE,
                         (u32)((flow->pace_at - now - BURST_NS + BP_TCP_MS - 1) / BP_TCP_MS));
    return true;
}

void bp_tcp_pacing_sent(struct bp_tcp_flow *flow, u32 bytes)
{
    u64 rate = bp_tcp_pacing_rate(flow);

    if (rate)
        flow->pace_at = BP_MAX(flow->pace_at, flow->tcp->now) + (u64)bytes * NS_PER_S / rate;
}
