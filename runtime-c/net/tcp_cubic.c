/* CUBIC (RFC 9438) in integers: windows in bytes, times in milliseconds. */
#include "net/tcp_flow.h"

/* C = 0.4, beta = 0.7, alpha = 3 (1 - beta) / (1 + beta) = 9 / 17. */
enum {
    BETA_TENTHS = 7,
    TIME_MAX_MS = 200000, /* beyond, the cube says nothing more */
};

static u32 cube_root(u64 x)
{
    u64 low = 0, high = 1 << 21; /* 2^63 at most */

    while (low + 1 < high) {
        u64 middle = (low + high) / 2;

        if (middle * middle * middle <= x)
            low = middle;
        else
            high = middle;
    }
    return (u32)low;
}

/* K = cbrt((W_max - cwnd_epoch) / C) seconds, windows in segments. */
static u32 time_to_plateau_ms(const struct bp_tcp_flow *flow)
{
    u64 segments_thousandth;

    if (flow->cubic.w_max <= flow->cwnd)
        return 0;
    segments_thousandth = (u64)(flow->cubic.w_max - flow->cwnd) * 1000 / flow->mss;
    return BP_MIN(cube_root(segments_thousandth * 10 / 4 * 1000000), (u32)TIME_MAX_MS);
}

static void begin_epoch(struct bp_tcp_flow *flow, u32 now_ms)
{
    struct bp_tcp_cubic *cubic = &flow->cubic;

    cubic->epoch_ms = now_ms | 1;
    cubic->cwnd_epoch = cubic->w_est = flow->cwnd;
    cubic->k_ms = time_to_plateau_ms(flow);
    if (cubic->w_max < flow->cwnd)
        cubic->w_max = flow->cwnd;
}

/* W_cubic(t) = C (t - K)^3 + W_max, and never more than half as much again as there is (4.2). */
static u32 target(const struct bp_tcp_flow *flow, u32 now_ms)
{
    const struct bp_tcp_cubic *cubic = &flow->cubic;
    s64 t = BP_MIN(now_ms - cubic->epoch_ms + flow->srtt_us / 1000, (u32)TIME_MAX_MS);
    s64 d = t - cubic->k_ms;
    s64 window = d * d * d / 1000000 * 4 / 10 * flow->mss / 1000 + cubic->w_max;

    return (u32)BP_MAX(BP_MIN(window, (s64)flow->cwnd + flow->cwnd / 2), (s64)flow->cwnd);
}

/* 4.3: what Reno would have by now. */
static u32 reno_estimate(struct bp_tcp_flow *flow, u32 bytes)
{
    struct bp_tcp_cubic *cubic = &flow->cubic;
    u64 grow = (u64)bytes * flow->mss / flow->cwnd;

    if (cubic->w_est < cubic->w_max)
        grow = grow * 9 / 17;
    cubic->w_est += (u32)grow;
    return cubic->w_est;
}

static void cubic_init(struct bp_tcp_flow *flow)
{
    flow->cubic = (struct bp_tcp_cubic){0};
}

static void cubic_acked(struct bp_tcp_flow *flow, u32 bytes)
{
    u32 now_ms = bp_tcp_now_ms(flow->tcp);

    bp_tcp_slow_start(flow, &bytes);
    if (!bytes)
        return;
    if (!flow->cubic.epoch_ms)
        begin_epoch(flow, now_ms);
    u32 reno = reno_estimate(flow, bytes), to = target(flow, now_ms);
    if (reno > to)
        flow->cwnd = BP_MAX(flow->cwnd, reno);
    else
        flow->cwnd += (u32)((u64)(to - flow->cwnd) * BP_MIN(bytes, flow->cwnd) / flow->cwnd);
}

/* 4.6, 4.7: multiplicative decrease; one that lost before its old plateau leaves room for others.
 */
static u32 cubic_ssthresh(struct bp_tcp_flow *flow)
{
    struct bp_tcp_cubic *cubic = &flow->cubic;

    if (flow->cwnd < cubic->w_max)
        cubic->w_max = (u32)((u64)flow->cwnd * (10 + BETA_TENTHS) / 20);
    else
        cubic->w_max = flow->cwnd;
    cubic->epoch_ms = 0;
    return BP_MAX((u32)((u64)flow->cwnd * BETA_TENTHS / 10), 2 * (u32)flow->mss);
}

const struct bp_tcp_congestion_ops bp_tcp_cubic = {
    .init = cubic_init,
    .acked = cubic_acked,
    .ssthresh = cubic_ssthresh,
    .resume = bp_tcp_cwnd_restart,
};
