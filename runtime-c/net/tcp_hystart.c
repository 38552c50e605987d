/*
 * HyStart++ (RFC 9406): the first slow start ends when round trips grow longer, before the queue
 * that makes them so overflows. First carefully (conservative slow start, CSS): the delay may have
 * been a whim.
 */
#include "net/tcp_flow.h"

enum {
    RTT_THRESH_MIN_US = 4000,
    RTT_THRESH_MAX_US = 16000,
    RTT_DIVISOR = 8,
    SAMPLES = 8,
    GROWTH_DIVISOR = 4,
    ROUNDS = 5,
};

static bool applies(const struct bp_tcp_flow *flow)
{
    return flow->ssthresh == UINT32_MAX;
}

static void begin_round(struct bp_tcp_flow *flow)
{
    struct bp_tcp_hystart *hystart = &flow->hystart;

    hystart->window_end = flow->snd_nxt;
    hystart->last_us = hystart->current_us;
    hystart->current_us = 0;
    hystart->samples = 0;
    if (hystart->conservative && ++hystart->rounds > ROUNDS)
        flow->ssthresh = flow->cwnd;
}

/* Both of a comparison's sides are known. */
static void judge(struct bp_tcp_hystart *hystart)
{
    u32 thresh = BP_MAX(BP_MIN(hystart->last_us / RTT_DIVISOR, (u32)RTT_THRESH_MAX_US),
                        (u32)RTT_THRESH_MIN_US);

    if (hystart->conservative) {
        hystart->conservative = hystart->current_us >= hystart->baseline_us;
    } else if (hystart->current_us >= hystart->last_us + thresh) {
        hystart->conservative = true;
        hystart->baseline_us = hystart->current_us;
        hystart->rounds = 0;
    }
}

void bp_tcp_hystart_sample(struct bp_tcp_flow *flow, u32 us)
{
    struct bp_tcp_hystart *hystart = &flow->hystart;

    if (!applies(flow))
        return;
    if (!hystart->current_us || us < hystart->current_us)
        hystart->current_us = us;
    hystart->samples = (u8)BP_MIN(hystart->samples + 1, SAMPLES);
    if (hystart->samples == SAMPLES && hystart->last_us)
        judge(hystart);
}

/* How much of what was acknowledged lets cwnd grow in slow start. */
u32 bp_tcp_hystart_growth(struct bp_tcp_flow *flow, u32 bytes)
{
    if (!applies(flow))
        return bytes;
    if (!bp_seq_before(flow->snd_una, flow->hystart.window_end))
        begin_round(flow);
    return flow->hystart.conservative ? bytes / GROWTH_DIVISOR : bytes;
}
