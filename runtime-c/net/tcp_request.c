/* Connections half open: small records that answer, wait, and become flows. */
#include "net/tcp_flow.h"

/* ---- SYN-ACKs ---------------------------------------------------------------------------- */

void bp_tcp_send_syn_ack(struct bp_tcp *tcp, const struct bp_tcp_key *key,
                         const struct bp_tcp_options *options,
                         const struct bp_tcp_handshake *handshake, u32 ts_value)
{
    struct bp_tcp_path path = {.tos = options->tos & (u8)~3, .ttl = options->ttl};
    struct bp_tcp_segment segment = {
        .flags = BP_TCP_SYN | BP_TCP_ACK,
        .seq = handshake->iss,
        .ack = handshake->irs + 1,
        .window = handshake->receive_window,
        .mss = bp_tcp_max_segment(options, key, handshake->mtu),
        .wscale = handshake->receive_wscale,
        .options = BP_TCP_HAS_MSS,
    };

    if (handshake->ecn)
        segment.flags |= BP_TCP_ECE;
    if (handshake->wscale)
        segment.options |= BP_TCP_HAS_WSCALE;
    if (handshake->sack)
        segment.options |= BP_TCP_HAS_SACK_OK;
    if (handshake->timestamps) {
        segment.options |= BP_TCP_HAS_TIMESTAMPS;
        segment.ts_value = ts_value;
        segment.ts_echo = handshake->ts_recent;
    }
    bp_tcp_send_bare(tcp, key, &segment, &path);
}

static void answer(struct bp_tcp_request *request)
{
    const struct bp_tcp_handshake *handshake = &request->handshake;

    bp_tcp_send_syn_ack(request->tcp, &request->entry.key, &request->listener->options, handshake,
                        bp_tcp_now_ms(request->tcp) + handshake->ts_offset);
}

/* ---- Requests ---------------------------------------------------------------------------- */

void bp_tcp_request_drop(struct bp_tcp_request *request)
{
    struct bp_tcp *tcp = request->tcp;

    bp_tcp_remove(tcp, &request->entry);
    bp_list_del(&request->node);
    if (request->timer.wheel)
        bp_wheel_del(&tcp->wheel, &request->timer);
    request->listener->queued--;
    tcp->requests--;
    bp_tcp_put(tcp, BP_TCP_OBJECT_REQUEST, request);
}

static void arm(struct bp_tcp_request *request)
{
    u64 wait_us = (u64)BP_TCP_RTO_INITIAL_US << request->retries;

    request->timer.deadline = request->tcp->now + wait_us * 1000;
    bp_wheel_add(&request->tcp->wheel, &request->timer);
}

/* TCP_DEFER_ACCEPT: a bare acknowledgement does not yet complete the connection. */
static bool deferred(const struct bp_tcp_request *request)
{
    u32 age_ms = bp_tcp_now_ms(request->tcp) - request->born_ms;

    return age_ms < request->listener->options.defer_accept_s * 1000u;
}

/* One that waits for data or for a place in the accept queue is not asked again before its time. */
static void timeout(struct bp_timer *timer)
{
    struct bp_tcp_request *request = container_of(timer, struct bp_tcp_request, timer);
    bool waits = request->acked && deferred(request);

    if (request->retries >= BP_TCP_SYNACK_RETRIES && !waits) {
        request->tcp->stats.AttemptFails++;
        bp_tcp_request_drop(request);
        return;
    }
    if (!waits) {
        request->tcp->stats.RetransSegs++;
        answer(request);
    }
    request->retries = (u8)BP_MIN(request->retries + 1, BP_TCP_SYNACK_RETRIES);
    arm(request);
}

bool bp_tcp_request_new(struct bp_tcp *tcp, struct bp_tcp_listener *listener,
                        const struct bp_tcp_key *key, const struct bp_tcp_handshake *handshake)
{
    struct bp_tcp_request *request = bp_tcp_get(tcp, BP_TCP_OBJECT_REQUEST);

    if (!request)
        return false;
    *request = (struct bp_tcp_request){
        .entry = {.key = *key, .kind = BP_TCP_KIND_REQUEST},
        .tcp = tcp,
        .listener = listener,
        .handshake = *handshake,
        .timer = {.fire = timeout},
        .sent = tcp->now,
        .born_ms = bp_tcp_now_ms(tcp),
    };
    bp_list_init(&request->timer.node);
    bp_list_add_tail(&listener->requests, &request->node);
    bp_tcp_insert(tcp, &request->entry);
    listener->queued++;
    tcp->requests++;
    answer(request);
    arm(request);
    return true;
}

/* ---- Completion -------------------------------------------------------------------------- */

/* Takes over the packet: the segment that completes may carry data. */
void bp_tcp_complete(struct bp_tcp *tcp, struct bp_tcp_listener *listener,
                     const struct bp_tcp_key *key, const struct bp_tcp_handshake *handshake,
                     u32 rtt_us, struct bp_tcp_segment *segment, struct bp_packet *packet)
{
    struct bp_tcp_flow *flow = bp_tcp_flow_new(tcp, key, &listener->options);
    struct bp_tcp_route route;

    if (!flow || tcp->config.wire_ops->route(tcp->config.wire, &key->remote, &route)) {
        tcp->stats.TCPAbortOnMemory++;
        bp_tcp_refuse(tcp, key, segment);
        goto fail;
    }
    flow->passive = true;
    flow->offloads = (u8)route.offloads;
    flow->snd_una = flow->snd_nxt = flow->snd_end = handshake->iss + 1;
    bp_tcp_flow_start(flow, handshake);
    if (rtt_us)
        bp_tcp_rtt_sample(flow, rtt_us);
    bp_tcp_established(flow);
    tcp->stats.PassiveOpens++;
    if (!listener->ops->accepted(listener->user, flow)) {
        bp_tcp_abort(flow);
        goto fail;
    }
    if (!flow->dead) {
        bp_tcp_flow_input(flow, segment, packet);
        return;
    }
fail:
    tcp->config.wire_ops->free(tcp->config.wire, packet);
}

/* In SYN-RECEIVED what is acceptable, and what completes. */
static bool completes(struct bp_tcp_request *request, const struct bp_tcp_segment *segment)
{
    const struct bp_tcp_handshake *handshake = &request->handshake;
    u32 window_end = handshake->irs + 1 + handshake->receive_window;
    struct bp_tcp *tcp = request->tcp;

    if ((segment->flags & BP_TCP_SYN) && segment->seq == handshake->irs) {
        answer(request); /* its SYN again: ours was lost */
        return false;
    }
    if (handshake->timestamps && (segment->options & BP_TCP_HAS_TIMESTAMPS) &&
        bp_seq_before(segment->ts_value, handshake->ts_recent) && !(segment->flags & BP_TCP_RST)) {
        tcp->stats.PAWSEstab++;
        answer(request);
        return false;
    }
    if (segment->flags & BP_TCP_RST) {
        if (segment->seq == handshake->irs + 1) {
            tcp->stats.AttemptFails++;
            bp_tcp_request_drop(request);
        }
        return false;
    }
    if (!(segment->flags & (BP_TCP_SYN | BP_TCP_ACK)))
        return false;
    if (!bp_seq_within(segment->seq, handshake->irs + 1, window_end) ||
        (segment->flags & (BP_TCP_SYN | BP_TCP_ACK)) != BP_TCP_ACK) {
        answer(request);
        return false;
    }
    if (segment->ack != handshake->iss + 1) {
        bp_tcp_refuse(tcp, &request->entry.key, segment);
        return false;
    }
    return true;
}

/* Complete, but not yet to be accepted. */
static bool must_wait(struct bp_tcp_request *request, const struct bp_tcp_segment *segment)
{
    struct bp_tcp_listener *listener = request->listener;
    struct bp_tcp_stats *stats = &request->tcp->stats;

    if (!segment->len && !(segment->flags & BP_TCP_FIN) && deferred(request)) {
        stats->TCPDeferAcceptDrop++;
        request->acked = true;
        return true;
    }
    if (listener->ops->room(listener->user) != BP_TCP_FULL)
        return false; /* nobody: then it is reset */
    stats->ListenOverflows++;
    return true;
}

void bp_tcp_request_input(struct bp_tcp_request *request, struct bp_tcp_segment *segment,
                          struct bp_packet *packet)
{
    struct bp_tcp_listener *listener = request->listener;
    struct bp_tcp_handshake handshake = request->handshake;
    struct bp_tcp_key key = request->entry.key;
    struct bp_tcp *tcp = request->tcp;
    u64 rtt = request->retries ? 0 : tcp->now - request->sent;

    if (!completes(request, segment) || must_wait(request, segment)) {
        tcp->config.wire_ops->free(tcp->config.wire, packet);
        return;
    }
    bp_tcp_request_drop(request);
    bp_tcp_complete(tcp, listener, &key, &handshake, (u32)BP_MIN(rtt / 1000, 60000000ull), segment,
                    packet);
}
