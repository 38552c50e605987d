/* The stack as a whole, and the life of a flow from its making to `gone`. */
#include "net/tcp_flow.h"

#include <errno.h>

const u16 bp_tcp_object_size[BP_TCP_OBJECTS] = {
    [BP_TCP_OBJECT_FLOW] = sizeof(struct bp_tcp_flow),
    [BP_TCP_OBJECT_FLIGHT] = sizeof(struct bp_tcp_flight),
    [BP_TCP_OBJECT_SENT] = sizeof(struct bp_tcp_sent),
    [BP_TCP_OBJECT_REASSEMBLY] = sizeof(struct bp_tcp_reassembly),
    [BP_TCP_OBJECT_REQUEST] = sizeof(struct bp_tcp_request),
    [BP_TCP_OBJECT_TIME_WAIT] = sizeof(struct bp_tcp_time_wait),
};

BP_STATIC_ASSERT(sizeof(struct bp_tcp_flow) <= 576, "flows are many");
BP_STATIC_ASSERT(sizeof(struct bp_tcp_sent) <= 64, "one a burst in flight");
BP_STATIC_ASSERT(sizeof(struct bp_tcp_time_wait) <= 128, "a minute's connections");

void *bp_tcp_get(struct bp_tcp *tcp, enum bp_tcp_object kind)
{
    return tcp->config.memory_ops->get(tcp->config.memory, kind);
}

void bp_tcp_put(struct bp_tcp *tcp, enum bp_tcp_object kind, void *object)
{
    tcp->config.memory_ops->put(tcp->config.memory, kind, object);
}

void bp_tcp_init(struct bp_tcp *tcp, const struct bp_tcp_config *config, u64 now)
{
    *tcp = (struct bp_tcp){.config = *config, .now = now};
    bp_wheel_init(&tcp->wheel, now);
    for (u32 i = 0; i < BP_TCP_LISTENER_BUCKETS; i++)
        bp_list_init(&tcp->listeners[i]);
    bp_tcp_time_wait_init(tcp);
}

u64 bp_tcp_next(const struct bp_tcp *tcp)
{
    return bp_wheel_next(&tcp->wheel);
}

void bp_tcp_advance(struct bp_tcp *tcp, u64 now)
{
    struct bp_timer *timer;

    bp_tcp_settle(tcp);
    tcp->now = now;
    tcp->busy = true;
    bp_wheel_advance(&tcp->wheel, now);
    while ((timer = bp_wheel_pop(&tcp->wheel)))
        timer->fire(timer);
    tcp->busy = false;
}

/* ---- Flows ------------------------------------------------------------------------------- */

struct bp_tcp_flow *bp_tcp_flow_new(struct bp_tcp *tcp, const struct bp_tcp_key *key,
                                    const struct bp_tcp_options *options)
{
    struct bp_tcp_flow *flow = bp_tcp_get(tcp, BP_TCP_OBJECT_FLOW);

    if (!flow)
        return NULL;
    *flow = (struct bp_tcp_flow){
        .entry = {.key = *key, .kind = BP_TCP_KIND_FLOW},
        .tcp = tcp,
        .options = *options,
        .rto_us = BP_TCP_RTO_INITIAL_US,
        .ssthresh = UINT32_MAX,
        .reorder_mult = 1,
        .quick_acks = BP_TCP_QUICK_ACKS,
    };
    bp_tcp_flow_timer_init(flow);
    bp_tcp_insert(tcp, &flow->entry);
    tcp->flows++;
    return flow;
}

/* What both sides' SYNs have said takes effect. */
void bp_tcp_flow_start(struct bp_tcp_flow *flow, const struct bp_tcp_handshake *handshake)
{
    u32 now_ms = bp_tcp_now_ms(flow->tcp);

    flow->sack = handshake->sack;
    flow->timestamps = handshake->timestamps;
    flow->wscale = handshake->wscale;
    flow->ecn = handshake->ecn;
    flow->send_wscale = handshake->wscale ? handshake->send_wscale : 0;
    flow->receive_wscale = handshake->wscale ? handshake->receive_wscale : 0;
    flow->ts_recent = handshake->ts_recent;
    flow->ts_recent_ms = now_ms;
    flow->ts_offset = handshake->ts_offset;
    flow->rcv_nxt = flow->rcv_acked = handshake->irs + 1;
    flow->rcv_edge = flow->rcv_nxt + handshake->receive_window;
    flow->snd_wl1 = handshake->irs;
    flow->ecn_point = flow->snd_small = flow->hystart.window_end = flow->snd_una;
    flow->peer_mss = handshake->peer_mss;
    flow->last_ack_received_ms = flow->last_data_received_ms = now_ms;
    flow->rcv_mss = BP_TCP_MSS_DEFAULT;
    bp_tcp_set_mtu(flow, handshake->mtu);
    flow->cwnd = BP_TCP_INITIAL_WINDOW * flow->mss;
    bp_tcp_congestion_begin(flow);
}

void bp_tcp_pend(struct bp_tcp_flow *flow)
{
    if (flow->queued)
        return;
    flow->queued = true;
    flow->pending = flow->tcp->pending;
    flow->tcp->pending = flow;
}

void bp_tcp_act(struct bp_tcp_flow *flow)
{
    if (flow->tcp->busy)
        bp_tcp_pend(flow);
    else
        bp_tcp_output(flow);
}

void bp_tcp_end(struct bp_tcp_flow *flow, int error)
{
    if (flow->dead)
        return;
    flow->dead = true;
    flow->tcp->orphans -= flow->orphan;
    bp_tcp_remove(flow->tcp, &flow->entry);
    bp_tcp_timers_stop(flow);
    flow->entry.state = BP_TCP_CLOSED;
    bp_tcp_pend(flow);
    if (error && !flow->released)
        flow->ops->failed(flow->user, error);
}

/* Callbacks of the segment that ended it may still have looked at these. */
static void strip(struct bp_tcp_flow *flow)
{
    bp_tcp_flight_free(flow);
    bp_tcp_reassembly_free(flow);
}

static void free_flow(struct bp_tcp_flow *flow)
{
    struct bp_tcp *tcp = flow->tcp;

    strip(flow);
    if (flow->ops)
        flow->ops->gone(flow->user);
    bp_tcp_put(tcp, BP_TCP_OBJECT_FLOW, flow);
    tcp->flows--;
}

static void flush_flow(struct bp_tcp_flow *flow)
{
    if (!flow->dead)
        bp_tcp_output(flow);
    else if (flow->released)
        free_flow(flow);
    else
        strip(flow);
}

void bp_tcp_flush(struct bp_tcp *tcp)
{
    bp_tcp_settle(tcp);
    tcp->busy = true;
    while (tcp->pending) {
        struct bp_tcp_flow *flow = tcp->pending;

        tcp->pending = flow->pending;
        flow->queued = false;
        flush_flow(flow);
    }
    tcp->busy = false;
}

static void forget(struct bp_tcp *tcp, struct bp_tcp_entry *entry)
{
    struct bp_tcp_flow *flow = container_of(entry, struct bp_tcp_flow, entry);

    switch (entry->kind) {
    case BP_TCP_KIND_FLOW:
        flow->released = true;
        bp_tcp_end(flow, 0);
        break;
    case BP_TCP_KIND_REQUEST:
        bp_tcp_request_drop(container_of(entry, struct bp_tcp_request, entry));
        break;
    case BP_TCP_KIND_TIME_WAIT:
        bp_tcp_time_wait_drop(tcp, container_of(entry, struct bp_tcp_time_wait, entry));
        break;
    }
}

void bp_tcp_fini(struct bp_tcp *tcp)
{
    for (u32 i = 0; i < tcp->config.bucket_count; i++)
        while (tcp->config.buckets[i])
            forget(tcp, tcp->config.buckets[i]);
    bp_tcp_flush(tcp);
}
