/* The choice of congestion control, what all share, and Reno (RFC 5681). */
#include "net/tcp_flow.h"

static const struct bp_tcp_congestion_ops *const algorithms[] = {
#define BP_TCP_ALGORITHM(id, name) &bp_tcp_##name,
#include "net/tcp_congestion.def"
#undef BP_TCP_ALGORITHM
};

const struct bp_tcp_congestion_ops *bp_tcp_congestion(const struct bp_tcp_flow *flow)
{
    return algorithms[flow->options.congestion];
}

/* At the start, or when the user has chosen another. */
void bp_tcp_congestion_begin(struct bp_tcp_flow *flow)
{
    flow->pacing_rate = 0;
    bp_tcp_congestion(flow)->init(flow);
}

void bp_tcp_congestion_acked(struct bp_tcp_flow *flow, u32 bytes)
{
    if (bp_tcp_congestion(flow)->acked)
        bp_tcp_congestion(flow)->acked(flow, bytes);
}

/* Takes from *bytes what slow start uses up; the rest is for congestion avoidance. */
void bp_tcp_slow_start(struct bp_tcp_flow *flow, u32 *bytes)
{
    u32 used;

    if (flow->cwnd >= flow->ssthresh)
        return;
    used = BP_MIN(*bytes, flow->ssthresh - flow->cwnd);
    flow->cwnd += bp_tcp_hystart_growth(flow, used);
    *bytes -= used;
}

/* RFC 5681, 4.1 in the manner of RFC 2861: half the window for each timeout of silence. */
void bp_tcp_cwnd_restart(struct bp_tcp_flow *flow)
{
    u32 idle_ms = bp_tcp_now_ms(flow->tcp) - flow->last_data_sent_ms;
    u32 rto_ms = flow->rto_us / 1000, restart = BP_TCP_INITIAL_WINDOW * (u32)flow->mss;

    if (!flow->last_data_sent_ms || idle_ms <= rto_ms || flow->cwnd <= restart)
        return;
    flow->ssthresh = BP_MAX(flow->ssthresh, flow->cwnd / 4 * 3);
    for (; idle_ms > rto_ms && flow->cwnd > restart; idle_ms -= rto_ms)
        flow->cwnd /= 2;
    flow->cwnd = BP_MAX(flow->cwnd, restart);
    bp_tcp_congestion(flow)->init(flow);
}

static void reno_init(struct bp_tcp_flow *flow)
{
    flow->cubic = (struct bp_tcp_cubic){0};
}

/* One segment a window; fractions gather in the place that CUBIC keeps its estimate in. */
static void reno_acked(struct bp_tcp_flow *flow, u32 bytes)
{
    bp_tcp_slow_start(flow, &bytes);
    flow->cubic.w_est += bytes;
    if (flow->cubic.w_est < flow->cwnd)
        return;
    flow->cubic.w_est -= flow->cwnd;
    flow->cwnd += flow->mss;
}

static u32 reno_ssthresh(struct bp_tcp_flow *flow)
{
    return BP_MAX(flow->cwnd / 2, 2 * (u32)flow->mss);
}

const struct bp_tcp_congestion_ops bp_tcp_reno = {
    .init = reno_init,
    .acked = reno_acked,
    .ssthresh = reno_ssthresh,
    .resume = bp_tcp_cwnd_restart,
};
