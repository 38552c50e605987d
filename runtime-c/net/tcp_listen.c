/*
 * The passive side: listeners, and the small records of connections half open. When there is no
 * room for more of those, cookies take their place (tcp_cookie.c).
 */
#include "net/tcp_flow.h"

#include <errno.h>

/* ---- Listeners --------------------------------------------------------------------------- */

static struct bp_list *listeners_of(struct bp_tcp *tcp, u16 port)
{
    return &tcp->listeners[port % BP_TCP_LISTENER_BUCKETS];
}

/* How well a listener matches: its own address, any of the family, any at all; 0: not. */
static u32 score(const struct bp_tcp_listener *listener, const struct bp_ip_addr *addr)
{
    bool v4 = bp_ip_is_v4(addr);

    if (bp_ip_equal(&listener->addr, addr))
        return 3;
    if (!bp_ip_is_any(&listener->addr))
        return 0;
    if (bp_ip_is_v4(&listener->addr) == v4)
        return 2;
    return v4 && !listener->options.v6only;
}

static struct bp_tcp_listener *find_listener(struct bp_tcp *tcp, const struct bp_tcp_key *key)
{
    struct bp_tcp_listener *best = NULL;

    bp_list_for_each (node, listeners_of(tcp, key->local_port)) {
        struct bp_tcp_listener *listener = bp_list_entry(node, struct bp_tcp_listener, node);

        if (listener->port != key->local_port || !score(listener, &key->local))
            continue;
        if (!best || score(listener, &key->local) > score(best, &key->local))
            best = listener;
    }
    return best;
}

int bp_tcp_listen(struct bp_tcp *tcp, struct bp_tcp_listener *listener,
                  const struct bp_ip_addr *addr, u16 port, u32 backlog,
                  const struct bp_tcp_options *options, const struct bp_tcp_listener_ops *ops,
                  void *user)
{
    bp_list_for_each (node, listeners_of(tcp, port)) {
        struct bp_tcp_listener *other = bp_list_entry(node, struct bp_tcp_listener, node);

        if (other->port == port && bp_ip_equal(&other->addr, addr))
            return -EADDRINUSE;
    }
    *listener = (struct bp_tcp_listener){
        .addr = *addr,
        .port = port,
        .backlog = backlog,
        .ops = ops,
        .user = user,
        .options = *options,
    };
    bp_list_init(&listener->requests);
    bp_list_add_tail(listeners_of(tcp, port), &listener->node);
    return 0;
}

void bp_tcp_unlisten(struct bp_tcp *tcp, struct bp_tcp_listener *listener)
{
    (void)tcp;
    bp_list_for_each_safe (node, &listener->requests)
        bp_tcp_request_drop(bp_list_entry(node, struct bp_tcp_request, node));
    bp_list_del(&listener->node);
}

/* ---- SYN-ACKs ---------------------------------------------------------------------------- */

static void send_syn_ack(struct bp_tcp *tcp, const struct bp_tcp_key *key,
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

    send_syn_ack(request->tcp, &request->entry.key, &request->listener->options, handshake,
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

static struct bp_tcp_request *new_request(struct bp_tcp *tcp, struct bp_tcp_listener *listener,
                                          const struct bp_tcp_key *key,
                                          const struct bp_tcp_handshake *handshake)
{
    struct bp_tcp_request *request = bp_tcp_get(tcp, BP_TCP_OBJECT_REQUEST);

    if (!request)
        return NULL;
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
    return request;
}

/* ---- SYN (RFC 9293, 3.10.7.2) ------------------------------------------------------------ */

static void send_cookie(struct bp_tcp *tcp, struct bp_tcp_listener *listener,
                        const struct bp_tcp_key *key, struct bp_tcp_handshake *handshake)
{
    u32 ts_value;

    if (!tcp->config.syn_cookies) {
        tcp->stats.TCPReqQFullDrop++;
        tcp->stats.ListenDrops++;
        return;
    }
    handshake->iss = bp_tcp_cookie_make(tcp, key, handshake, &ts_value);
    tcp->stats.SyncookiesSent++;
    tcp->cookies_until = tcp->now + (u64)BP_TCP_COOKIE_MS * BP_TCP_MS;
    send_syn_ack(tcp, key, &listener->options, handshake, ts_value);
}

static bool queue_full(const struct bp_tcp *tcp, const struct bp_tcp_listener *listener)
{
    return listener->queued >= listener->backlog || tcp->requests >= tcp->config.requests_max;
}

static void syn(struct bp_tcp *tcp, struct bp_tcp_listener *listener, const struct bp_tcp_key *key,
                const struct bp_tcp_segment *segment, const u32 *iss_floor)
{
    struct bp_tcp_request *request = NULL;
    struct bp_tcp_handshake handshake;
    struct bp_tcp_route route;

    if (tcp->config.wire_ops->route(tcp->config.wire, &key->remote, &route))
        return;
    if (!listener->ops->has_room(listener->user)) {
        tcp->stats.ListenOverflows++;
        tcp->stats.ListenDrops++;
        return;
    }
    bp_tcp_offer_handshake(tcp, key, &listener->options, route.mtu, &handshake);
    bp_tcp_receive_handshake(&handshake, key, segment);
    handshake.ecn = (segment->flags & (BP_TCP_ECE | BP_TCP_CWR)) == (BP_TCP_ECE | BP_TCP_CWR);
    if (iss_floor)
        handshake.iss = bp_seq_max(handshake.iss, *iss_floor);
    if (!queue_full(tcp, listener))
        request = new_request(tcp, listener, key, &handshake);
    if (!request) {
        send_cookie(tcp, listener, key, &handshake);
        return;
    }
    answer(request);
    arm(request);
}

/* ---- Completion -------------------------------------------------------------------------- */

/* Takes over the packet: the segment that completes may carry data. */
static void complete(struct bp_tcp *tcp, struct bp_tcp_listener *listener,
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
    if (listener->ops->has_room(listener->user))
        return false;
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
    complete(tcp, listener, &key, &handshake, (u32)BP_MIN(rtt / 1000, 60000000ull), segment,
             packet);
}

/* An acknowledgement to a listener: of a cookie, or of nothing. True: the packet is taken over. */
static bool cookie(struct bp_tcp *tcp, struct bp_tcp_listener *listener,
                   const struct bp_tcp_key *key, struct bp_tcp_segment *segment,
                   struct bp_packet *packet)
{
    struct bp_tcp_handshake handshake;
    struct bp_tcp_route route;

    if (tcp->now >= tcp->cookies_until || (segment->flags & (BP_TCP_SYN | BP_TCP_RST)) ||
        tcp->config.wire_ops->route(tcp->config.wire, &key->remote, &route)) {
        bp_tcp_refuse(tcp, key, segment);
        return false;
    }
    bp_tcp_offer_handshake(tcp, key, &listener->options, route.mtu, &handshake);
    if (!bp_tcp_cookie_check(tcp, key, segment, &handshake)) {
        tcp->stats.SyncookiesFailed++;
        bp_tcp_refuse(tcp, key, segment);
        return false;
    }
    if (!listener->ops->has_room(listener->user)) {
        tcp->stats.ListenOverflows++;
        return false;
    }
    tcp->stats.SyncookiesRecv++;
    complete(tcp, listener, key, &handshake, 0, segment, packet);
    return true;
}

void bp_tcp_listen_input(struct bp_tcp *tcp, const struct bp_tcp_key *key,
                         struct bp_tcp_segment *segment, struct bp_packet *packet,
                         const u32 *iss_floor)
{
    struct bp_tcp_listener *listener = find_listener(tcp, key);
    u8 kind = segment->flags & (BP_TCP_SYN | BP_TCP_ACK | BP_TCP_RST | BP_TCP_FIN);

    if (!listener)
        bp_tcp_refuse(tcp, key, segment);
    else if (kind & BP_TCP_ACK) {
        if (cookie(tcp, listener, key, segment, packet))
            return;
    } else if (kind == BP_TCP_SYN)
        syn(tcp, listener, key, segment, iss_floor);
    tcp->config.wire_ops->free(tcp->config.wire, packet);
}
