/*
 * A flow has three deadlines and one timer in the wheel. A deadline that moves away leaves the
 * timer where it is: when it fires and nothing is due, it moves on. So acknowledgements, which push
 * the retransmission deadline all the time, do not touch the wheel.
 */
#include "net/tcp_flow.h"

#include <errno.h>

static u32 earliest(const struct bp_tcp_flow *flow)
{
    u32 first = 0;

    for (u32 i = 0; i < BP_TCP_TIMERS; i++)
        if (flow->due_ms[i] && (!first || bp_seq_before(flow->due_ms[i], first)))
            first = flow->due_ms[i];
    return first;
}

static void arm(struct bp_tcp_flow *flow)
{
    struct bp_tcp *tcp = flow->tcp;
    u32 first = earliest(flow);

    if (!first || flow->dead)
        return;
    s32 wait = (s32)(first - bp_tcp_now_ms(tcp));
    u64 deadline = (tcp->now / BP_TCP_MS + (u32)BP_MAX(wait, 0)) * BP_TCP_MS;
    if (flow->timer.wheel) {
        if (flow->timer.deadline <= deadline)
            return;
        bp_wheel_del(&tcp->wheel, &flow->timer);
    }
    flow->timer.deadline = deadline;
    bp_wheel_add(&tcp->wheel, &flow->timer);
}

void bp_tcp_timer_set(struct bp_tcp_flow *flow, enum bp_tcp_timer_kind kind, u32 ms)
{
    u32 due = bp_tcp_now_ms(flow->tcp) + ms;

    flow->due_ms[kind] = due ? due : 1;
    arm(flow);
}

void bp_tcp_timer_clear(struct bp_tcp_flow *flow, enum bp_tcp_timer_kind kind)
{
    flow->due_ms[kind] = 0;
}

/* Rounded up, and one more: the millisecond that runs has begun already. */
void bp_tcp_send_timer_set(struct bp_tcp_flow *flow, enum bp_tcp_send_timer purpose, u64 us)
{
    flow->send_timer = purpose;
    bp_tcp_timer_set(flow, BP_TCP_TIMER_SEND, (u32)((us + 999) / 1000));
}

void bp_tcp_timers_stop(struct bp_tcp_flow *flow)
{
    for (u32 i = 0; i < BP_TCP_TIMERS; i++)
        flow->due_ms[i] = 0;
    if (flow->timer.wheel)
        bp_wheel_del(&flow->tcp->wheel, &flow->timer);
}

void bp_tcp_send_timer_rearm(struct bp_tcp_flow *flow)
{
    if (!flow->flight)
        bp_tcp_timer_clear(flow, BP_TCP_TIMER_SEND);
    else if (!bp_tcp_tlp_schedule(flow))
        bp_tcp_send_timer_set(flow, BP_TCP_SEND_RETRANSMIT, bp_tcp_rto(flow));
}

/* ---- Retransmission ---------------------------------------------------------------------- */

static void give_up(struct bp_tcp_flow *flow)
{
    flow->tcp->stats.TCPAbortOnTimeout++;
    bp_tcp_end(flow, flow->soft_error ? flow->soft_error : ETIMEDOUT);
}

/* RFC 5482: the user's own limit replaces the count of tries. */
static bool overdue(struct bp_tcp_flow *flow, u32 tries, u32 limit)
{
    u32 now_ms = bp_tcp_now_ms(flow->tcp);

    if (!flow->stalled_ms)
        flow->stalled_ms = (flow->flight ? flow->last_data_sent_ms : now_ms) | 1;
    if (flow->released)
        limit = BP_MIN(limit, (u32)BP_TCP_ORPHAN_RETRIES);
    if (flow->options.user_timeout_ms && bp_tcp_synchronized(flow))
        return now_ms - flow->stalled_ms >= flow->options.user_timeout_ms;
    return tries >= limit;
}

/* A peer that has closed a window it had offered, but still answers, is not gone. */
static bool window_withdrawn(const struct bp_tcp_flow *flow)
{
    u32 silent_ms = bp_tcp_now_ms(flow->tcp) - flow->last_ack_received_ms;

    return !flow->snd_wnd && bp_tcp_synchronized(flow) && silent_ms < BP_TCP_RTO_MAX_US / 1000;
}

static void retransmission_timeout(struct bp_tcp_flow *flow)
{
    u32 limit = bp_tcp_synchronized(flow) ? BP_TCP_RETRIES : flow->options.syn_retries;

    if (!flow->flight)
        return;
    flow->tcp->stats.TCPTimeouts++;
    if (overdue(flow, flow->backoff, limit) && !window_withdrawn(flow)) {
        give_up(flow);
        return;
    }
    bp_tcp_recovery_timeout(flow);
    flow->backoff = (u8)BP_MIN(flow->backoff + 1, 255);
    bp_tcp_send_timer_set(flow, BP_TCP_SEND_RETRANSMIT, bp_tcp_rto(flow));
    bp_tcp_output(flow);
}

static void loss_probe(struct bp_tcp_flow *flow)
{
    if (flow->flight)
        bp_tcp_tlp_send(flow);
}

static void reorder_timeout(struct bp_tcp_flow *flow)
{
    if (!flow->flight)
        return;
    bp_tcp_send_timer_set(flow, BP_TCP_SEND_RETRANSMIT, bp_tcp_rto(flow));
    if (bp_tcp_rack_detect(flow))
        bp_tcp_recovery_enter(flow);
    bp_tcp_output(flow);
}

/* RFC 9293, 3.8.6.1: a closed window is asked about for as long as the peer answers; but when our
 * user has gone, not for ever (RFC 6429). */
static void persist(struct bp_tcp_flow *flow)
{
    if (overdue(flow, flow->released ? flow->backoff : flow->probes, BP_TCP_RETRIES)) {
        give_up(flow);
        return;
    }
    flow->backoff = (u8)BP_MIN(flow->backoff + 1, 15);
    flow->probes++;
    flow->tcp->stats.TCPWinProbe++;
    bp_tcp_send_probe(flow, true);
    if (!flow->flight)
        bp_tcp_send_timer_set(flow, BP_TCP_SEND_PERSIST, bp_tcp_rto(flow));
}

static void (*const send_timeouts[])(struct bp_tcp_flow *flow) = {
    [BP_TCP_SEND_RETRANSMIT] = retransmission_timeout,
    [BP_TCP_SEND_PROBE_LOSS] = loss_probe,
    [BP_TCP_SEND_REORDER] = reorder_timeout,
    [BP_TCP_SEND_PERSIST] = persist,
    [BP_TCP_SEND_BLOCKED] = bp_tcp_output,
};

static void send_timeout(struct bp_tcp_flow *flow)
{
    send_timeouts[flow->send_timer](flow);
}

/* ---- Acknowledging and keeping ----------------------------------------------------------- */

static void ack_timeout(struct bp_tcp_flow *flow)
{
    if (!flow->ack_later)
        return;
    flow->tcp->stats.DelayedACKs++;
    flow->interactive = false;
    bp_tcp_send_ack(flow);
}

void bp_tcp_keepalive_rearm(struct bp_tcp_flow *flow)
{
    bool alive = flow->entry.state == BP_TCP_ESTABLISHED || flow->entry.state == BP_TCP_CLOSE_WAIT;

    if (flow->entry.state == BP_TCP_FIN_WAIT2 && flow->released)
        return;
    if (alive && flow->options.keepalive)
        bp_tcp_timer_set(flow, BP_TCP_TIMER_KEEP, flow->options.keep_idle_s * 1000u);
    else
        bp_tcp_timer_clear(flow, BP_TCP_TIMER_KEEP);
}

static u32 silent_ms(const struct bp_tcp_flow *flow)
{
    u32 now_ms = bp_tcp_now_ms(flow->tcp);

    return BP_MIN(now_ms - flow->last_ack_received_ms, now_ms - flow->last_data_received_ms);
}

static bool keepalive_failed(const struct bp_tcp_flow *flow)
{
    const struct bp_tcp_options *options = &flow->options;

    if (options->user_timeout_ms)
        return flow->probes && silent_ms(flow) >= options->user_timeout_ms;
    return flow->probes >= options->keep_count;
}

/* RFC 9293, 3.8.4. Data in flight are their own probe. */
static void keepalive(struct bp_tcp_flow *flow)
{
    u32 idle_ms = flow->options.keep_idle_s * 1000u;

    if (flow->flight || bp_tcp_unsent(flow)) {
        bp_tcp_keepalive_rearm(flow);
        return;
    }
    if (silent_ms(flow) < idle_ms) {
        bp_tcp_timer_set(flow, BP_TCP_TIMER_KEEP, idle_ms - silent_ms(flow));
        return;
    }
    if (keepalive_failed(flow)) {
        bp_tcp_send_reset(flow);
        give_up(flow);
        return;
    }
    flow->probes++;
    flow->tcp->stats.TCPKeepAlive++;
    bp_tcp_send_probe(flow, false);
    bp_tcp_timer_set(flow, BP_TCP_TIMER_KEEP, flow->options.keep_interval_s * 1000u);
}

static void keep_timeout(struct bp_tcp_flow *flow)
{
    if (flow->entry.state == BP_TCP_FIN_WAIT2 && flow->released)
        bp_tcp_end(flow, 0);
    else if (flow->options.keepalive)
        keepalive(flow);
}

static void (*const timeouts[BP_TCP_TIMERS])(struct bp_tcp_flow *flow) = {
    [BP_TCP_TIMER_SEND] = send_timeout,
    [BP_TCP_TIMER_ACK] = ack_timeout,
    [BP_TCP_TIMER_KEEP] = keep_timeout,
    [BP_TCP_TIMER_PACE] = bp_tcp_output,
};

static void fire(struct bp_timer *timer)
{
    struct bp_tcp_flow *flow = container_of(timer, struct bp_tcp_flow, timer);
    u32 now_ms = bp_tcp_now_ms(flow->tcp);

    for (u32 i = 0; i < BP_TCP_TIMERS && !flow->dead; i++) {
        if (!flow->due_ms[i] || bp_seq_after(flow->due_ms[i], now_ms))
            continue;
        flow->due_ms[i] = 0;
        timeouts[i](flow);
    }
    arm(flow);
}

void bp_tcp_flow_timer_init(struct bp_tcp_flow *flow)
{
    bp_list_init(&flow->timer.node);
    flow->timer.fire = fire;
}
