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
    bp_tcp_send_syn_ack(tcp, key, &listener->options, handshake, ts_value);
}

static bool queue_full(const struct bp_tcp *tcp, const struct bp_tcp_listener *listener)
{
    return listener->queued >= listener->backlog || tcp->requests >= tcp->config.requests_max;
}

static void syn(struct bp_tcp *tcp, struct bp_tcp_listener *listener, const struct bp_tcp_key *key,
                const struct bp_tcp_segment *segment, const u32 *iss_floor)
{
    struct bp_tcp_handshake handshake;
    struct bp_tcp_route route;
    enum bp_tcp_room room;

    if (tcp->config.wire_ops->route(tcp->config.wire, &key->remote, &route))
        return;
    room = listener->ops->room(listener->user);
    if (room == BP_TCP_NOBODY) {
        bp_tcp_refuse(tcp, key, segment);
        return;
    }
    if (room == BP_TCP_FULL) {
        tcp->stats.ListenOverflows++;
        tcp->stats.ListenDrops++;
        return;
    }
    bp_tcp_offer_handshake(tcp, key, &listener->options, route.mtu, &handshake);
    bp_tcp_receive_handshake(&handshake, key, segment);
    handshake.ecn = (segment->flags & (BP_TCP_ECE | BP_TCP_CWR)) == (BP_TCP_ECE | BP_TCP_CWR);
    if (iss_floor)
        handshake.iss = bp_seq_max(handshake.iss, *iss_floor);
    if (queue_full(tcp, listener) || !bp_tcp_request_new(tcp, listener, key, &handshake))
        send_cookie(tcp, listener, key, &handshake);
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
    if (listener->ops->room(listener->user) == BP_TCP_FULL) {
        tcp->stats.ListenOverflows++;
        return false;
    }
    tcp->stats.SyncookiesRecv++;
    bp_tcp_complete(tcp, listener, key, &handshake, 0, segment, packet);
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
