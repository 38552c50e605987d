/*
 * BBR, version 1 (draft-cardwell-iccrg-bbr-congestion-control-00; Linux's tcp_bbr has the same
 * model): the greatest rate of delivery seen lately and the least round-trip time say how much the
 * path holds. That is sent at that rate, whatever is lost on the way; now and then a little more,
 * in case there is room, and for a moment almost nothing, to see the path's time without a queue.
 * Gains are in 256ths, rates in bytes per second, times of BBR's own in microseconds that wrap.
 */
#include "net/tcp_flow.h"

enum {
    UNIT = 256,
    STARTUP_GAIN = UNIT * 2885 / 1000 + 1, /* 2 / ln 2: the least that doubles each round */
    DRAIN_GAIN = UNIT * 1000 / 2885,
    CWND_GAIN = 2 * UNIT,
    PACING_HUNDREDTHS = 99, /* a little under the rate, lest a queue stay */
    PHASES = 8,
    BANDWIDTH_ROUNDS = 10, /* of each of two windows */
    FULL_ROUNDS = 3,       /* without growth by a quarter: the path is full */
    MIN_RTT_US = 10000000,
    PROBE_RTT_US = 200000,
    MIN_SEGMENTS = 4,
    FIRST_RTT_US = 1000, /* before one is known */
};

enum mode {
    STARTUP,
    DRAIN,
    PROBE_BANDWIDTH,
    PROBE_RTT
};

static const u16 phase_gains[PHASES] = {UNIT * 5 / 4, UNIT * 3 / 4, UNIT, UNIT,
                                        UNIT,         UNIT,         UNIT, UNIT};

static u32 now_us(const struct bp_tcp_flow *flow)
{
    return (u32)(flow->tcp->now / 1000);
}

static u64 bandwidth(const struct bp_tcp_bbr *bbr)
{
    return BP_MAX(bbr->bandwidth[0], bbr->bandwidth[1]);
}

static bool filled(const struct bp_tcp_bbr *bbr)
{
    return bbr->full_rounds >= FULL_ROUNDS;
}

static u32 window_min(const struct bp_tcp_flow *flow)
{
    return MIN_SEGMENTS * (u32)flow->mss;
}

/* What the path holds, times the gain. */
static u32 path_holds(const struct bp_tcp_flow *flow, u32 gain)
{
    const struct bp_tcp_bbr *bbr = &flow->bbr;
    u64 bytes;

    if (!bbr->min_rtt_us || !bandwidth(bbr))
        return BP_TCP_INITIAL_WINDOW * (u32)flow->mss;
    bytes = bandwidth(bbr) * bbr->min_rtt_us / 1000000 * gain / UNIT;
    return (u32)BP_MAX(BP_MIN(bytes, (u64)BP_TCP_CWND_MAX), (u64)window_min(flow));
}

/* The same with what the offloads of both ends keep from the path: what is to be in flight. */
static u32 path_needs(const struct bp_tcp_flow *flow, u32 gain)
{
    return path_holds(flow, gain) + 3 * bp_tcp_pacing_quantum(flow);
}

/* What will be in flight when the next packet leaves by its pace: until then, some arrives. */
static u32 in_flight_then(const struct bp_tcp_flow *flow, u32 in_flight)
{
    u64 now = flow->tcp->now, wait = flow->pace_at > now ? flow->pace_at - now : 0;
    u64 arrives = bandwidth(&flow->bbr) * wait / 1000000000;

    return in_flight > arrives ? in_flight - (u32)arrives : 0;
}

/* ---- What is learnt ---------------------------------------------------------------------- */

/* A round is over when what was sent after its begin has arrived. */
static void count_rounds(struct bp_tcp_flow *flow, const struct bp_tcp_news *news)
{
    struct bp_tcp_bbr *bbr = &flow->bbr;

    bbr->round_begins =
        news->rate.known && !bp_seq_before(news->rate.stamp.delivered, bbr->round_end);
    if (!bbr->round_begins)
        return;
    bbr->round_end = flow->rate.delivered;
    bbr->rounds++;
    bbr->conserving = false;
}

static void learn_bandwidth(struct bp_tcp_bbr *bbr, const struct bp_tcp_rate_sample *sample)
{
    if (!sample->bytes_per_s || (sample->app_limited && sample->bytes_per_s < bandwidth(bbr)))
        return;
    if (bbr->rounds - bbr->window_began >= BANDWIDTH_ROUNDS) {
        bbr->bandwidth[1] = bbr->bandwidth[0];
        bbr->bandwidth[0] = 0;
        bbr->window_began = bbr->rounds;
    }
    bbr->bandwidth[0] = BP_MAX(bbr->bandwidth[0], sample->bytes_per_s);
}

static void judge_fullness(struct bp_tcp_bbr *bbr, const struct bp_tcp_rate_sample *sample)
{
    if (filled(bbr) || !bbr->round_begins || sample->app_limited)
        return;
    if (bandwidth(bbr) >= bbr->full_bandwidth / 4 * 5) {
        bbr->full_bandwidth = bandwidth(bbr);
        bbr->full_rounds = 0;
    } else {
        bbr->full_rounds++;
    }
}

/* True: the least round trip is old, and is to be looked at anew. */
static bool learn_min_rtt(struct bp_tcp_flow *flow, u32 rtt_us)
{
    struct bp_tcp_bbr *bbr = &flow->bbr;
    bool expired = bbr->min_rtt_us && now_us(flow) - bbr->min_rtt_at_us > MIN_RTT_US;

    if (rtt_us && (!bbr->min_rtt_us || rtt_us <= bbr->min_rtt_us || expired)) {
        bbr->min_rtt_us = rtt_us;
        bbr->min_rtt_at_us = now_us(flow);
    }
    return expired;
}

/* ---- What is done about it --------------------------------------------------------------- */

/* Flows that share a path are not to probe together: each begins in a phase of its own, except the
 * one that drains. */
static void enter_probe_bandwidth(struct bp_tcp_flow *flow)
{
    u32 phase = flow->snd_una % (PHASES - 1); /* the first number was drawn */

    flow->bbr.mode = PROBE_BANDWIDTH;
    flow->bbr.phase = (u8)(phase ? phase + 1 : 0);
    flow->bbr.phase_at_us = now_us(flow);
}

static bool phase_over(const struct bp_tcp_flow *flow, const struct bp_tcp_news *news)
{
    const struct bp_tcp_bbr *bbr = &flow->bbr;
    bool lasted = now_us(flow) - bbr->phase_at_us > bbr->min_rtt_us;
    u32 gain = phase_gains[bbr->phase];
    u32 before = in_flight_then(flow, bp_tcp_pipe(flow) + news->delivered);

    if (gain > UNIT)
        return lasted &&
               (news->lost || before + bp_tcp_pacing_quantum(flow) >= path_needs(flow, gain));
    return lasted || (gain < UNIT && before <= path_needs(flow, UNIT));
}

static void move_on(struct bp_tcp_flow *flow, const struct bp_tcp_news *news)
{
    struct bp_tcp_bbr *bbr = &flow->bbr;

    if (bbr->mode == STARTUP && filled(bbr))
        bbr->mode = DRAIN;
    if (bbr->mode == DRAIN && in_flight_then(flow, bp_tcp_pipe(flow)) <= path_needs(flow, UNIT))
        enter_probe_bandwidth(flow);
    if (bbr->mode == PROBE_BANDWIDTH && phase_over(flow, news)) {
        bbr->phase = (u8)((bbr->phase + 1) % PHASES);
        bbr->phase_at_us = now_us(flow);
    }
}

static void leave_probe_rtt(struct bp_tcp_flow *flow)
{
    struct bp_tcp_bbr *bbr = &flow->bbr;

    bbr->min_rtt_at_us = now_us(flow);
    if (filled(bbr))
        enter_probe_bandwidth(flow);
    else
        bbr->mode = STARTUP;
}

/* Once the queue is drained, for a round trip and a fifth of a second. */
static void probe_rtt(struct bp_tcp_flow *flow)
{
    struct bp_tcp_bbr *bbr = &flow->bbr;

    bp_tcp_rate_app_limited(flow);
    if (!bbr->probing) {
        if (bp_tcp_pipe(flow) > window_min(flow))
            return;
        bbr->probing = true;
        bbr->probe_round_over = false;
        bbr->probe_at_us = now_us(flow);
        bbr->round_end = flow->rate.delivered;
    } else {
        bbr->probe_round_over |= bbr->round_begins;
        if (bbr->probe_round_over && now_us(flow) - bbr->probe_at_us >= PROBE_RTT_US)
            leave_probe_rtt(flow);
    }
}

static void enter_probe_rtt(struct bp_tcp_bbr *bbr)
{
    bbr->mode = PROBE_RTT;
    bbr->probing = false;
}

static u32 pacing_gain(const struct bp_tcp_bbr *bbr)
{
    static const u16 gains[] = {[STARTUP] = STARTUP_GAIN, [DRAIN] = DRAIN_GAIN, [PROBE_RTT] = UNIT};

    return bbr->mode == PROBE_BANDWIDTH ? phase_gains[bbr->phase] : gains[bbr->mode];
}

static u64 paced(u64 bandwidth, u32 gain)
{
    return bandwidth * PACING_HUNDREDTHS / 100 * gain / UNIT;
}

/* Before the path is known, as if the first window were what it holds. */
static void begin_pacing(struct bp_tcp_flow *flow)
{
    u32 rtt_us = flow->srtt_us ? flow->srtt_us : FIRST_RTT_US;

    flow->bbr.rtt_known = flow->srtt_us;
    flow->pacing_rate = paced((u64)flow->cwnd * 1000000 / rtt_us, STARTUP_GAIN);
}

static void set_pacing(struct bp_tcp_flow *flow)
{
    const struct bp_tcp_bbr *bbr = &flow->bbr;
    u64 rate = paced(bandwidth(bbr), pacing_gain(bbr));

    if (!bbr->rtt_known && flow->srtt_us)
        begin_pacing(flow);
    if (rate && (filled(bbr) || rate > flow->pacing_rate))
        flow->pacing_rate = rate;
}

/* Losses take out what was lost; in the first round after they are noticed, no more leaves than
 * arrives. When they are repaired, all is as before. */
static void heed_losses(struct bp_tcp_flow *flow, const struct bp_tcp_news *news)
{
    struct bp_tcp_bbr *bbr = &flow->bbr;
    u32 lost = flow->bytes_lost - bbr->bytes_lost;
    bool recovering = bp_tcp_recovering(flow);

    bbr->bytes_lost = flow->bytes_lost;
    bbr->window = bbr->window > lost + flow->mss ? bbr->window - lost : flow->mss;
    if (recovering && !bbr->recovering) {
        bbr->window_before = bbr->window + lost;
        bbr->conserving = true;
        bbr->round_end = flow->rate.delivered;
        bbr->window = flow->congestion_state == BP_TCP_CA_LOSS
                          ? flow->mss
                          : bp_tcp_pipe(flow) + BP_MAX(news->delivered, (u32)flow->mss);
    } else if (!recovering && bbr->recovering) {
        bbr->conserving = false;
        bbr->window = BP_MAX(bbr->window, bbr->window_before);
    }
    bbr->recovering = recovering;
}

static void set_window(struct bp_tcp_flow *flow, const struct bp_tcp_news *news)
{
    struct bp_tcp_bbr *bbr = &flow->bbr;
    u32 gain = bbr->mode == STARTUP || bbr->mode == DRAIN ? STARTUP_GAIN : CWND_GAIN;
    u32 target = path_needs(flow, gain);

    heed_losses(flow, news);
    if (bbr->conserving)
        bbr->window = BP_MAX(bbr->window, bp_tcp_pipe(flow) + news->delivered);
    else if (filled(bbr))
        bbr->window = BP_MIN(bbr->window + news->delivered, target);
    else if (bbr->window < target || flow->rate.delivered < BP_TCP_INITIAL_WINDOW * (u32)flow->mss)
        bbr->window += news->delivered;
    bbr->window = BP_MIN(BP_MAX(bbr->window, window_min(flow)), (u32)BP_TCP_CWND_MAX);
    flow->cwnd = bbr->mode == PROBE_RTT ? BP_MIN(bbr->window, window_min(flow)) : bbr->window;
}

/* ---- Operations -------------------------------------------------------------------------- */

static void bbr_init(struct bp_tcp_flow *flow)
{
    flow->bbr = (struct bp_tcp_bbr){
        .window = flow->cwnd,
        .round_end = flow->rate.delivered,
        .bytes_lost = flow->bytes_lost,
    };
    flow->ssthresh = UINT32_MAX;
    begin_pacing(flow);
}

static void bbr_told(struct bp_tcp_flow *flow, const struct bp_tcp_news *news)
{
    struct bp_tcp_bbr *bbr = &flow->bbr;
    bool stale;

    count_rounds(flow, news);
    learn_bandwidth(bbr, &news->rate);
    judge_fullness(bbr, &news->rate);
    stale = learn_min_rtt(flow, news->rtt_us);
    move_on(flow, news);
    if (stale && !bbr->resumed && bbr->mode != PROBE_RTT)
        enter_probe_rtt(bbr);
    if (bbr->mode == PROBE_RTT)
        probe_rtt(flow);
    bbr->resumed &= !news->delivered;
    set_pacing(flow);
    set_window(flow, news);
}

static u32 bbr_ssthresh(struct bp_tcp_flow *flow)
{
    return flow->cwnd;
}

/* What was learnt before the silence still holds: it is not the path that made it. */
static void bbr_resume(struct bp_tcp_flow *flow)
{
    flow->bbr.resumed = true;
    if (flow->bbr.mode == PROBE_BANDWIDTH)
        flow->pacing_rate = paced(bandwidth(&flow->bbr), UNIT);
}

const struct bp_tcp_congestion_ops bp_tcp_bbr = {
    .init = bbr_init,
    .ssthresh = bbr_ssthresh,
    .told = bbr_told,
    .resume = bbr_resume,
};
