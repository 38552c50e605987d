/* Opening: numbers that cannot be guessed (RFC 6528, 6056), what is offered, and the active side.
 */
#include "net/tcp_flow.h"

#include <errno.h>

const struct bp_tcp_options bp_tcp_default_options = {
    .linger2_s = 60,
    .keep_idle_s = 7200,
    .keep_interval_s = 75,
    .keep_count = 9,
    .syn_retries = 6,
    .congestion = BP_TCP_CONGESTION,
};

/* One secret, several purposes: what is hashed begins with which. */
enum purpose {
    PURPOSE_SEQUENCE = 1,
    PURPOSE_TIMESTAMP,
    PURPOSE_PORT,
};

static u64 keyed(const struct bp_tcp *tcp, enum purpose purpose, const struct bp_tcp_key *key)
{
    struct {
        struct bp_tcp_key key;
        u64 purpose; /* of 64 bits, so that there is no padding to be hashed */
    } input = {.key = *key, .purpose = purpose};

    return bp_siphash(&tcp->config.secret, &input, sizeof(input));
}

/* RFC 6528: a clock of 64 ns and a keyed hash of the connection. */
u32 bp_tcp_initial_seq(const struct bp_tcp *tcp, const struct bp_tcp_key *key)
{
    return (u32)keyed(tcp, PURPOSE_SEQUENCE, key) + (u32)(tcp->now >> 6);
}

/* RFC 7323, 5.4. Without the ports, so that time goes on from one connection to the next (RFC
 * 6191). */
u32 bp_tcp_timestamp_offset(const struct bp_tcp *tcp, const struct bp_tcp_key *key)
{
    struct bp_tcp_key hosts = {.local = key->local, .remote = key->remote};

    return (u32)keyed(tcp, PURPOSE_TIMESTAMP, &hosts);
}

/* ---- What SYNs say ----------------------------------------------------------------------- */

static u32 ip_and_tcp_headers(const struct bp_tcp_key *key)
{
    return bp_ip_is_v4(&key->remote) ? BP_TCP_IPV4_HEADERS : BP_TCP_IPV6_HEADERS;
}

u16 bp_tcp_max_segment(const struct bp_tcp_options *options, const struct bp_tcp_key *key, u16 mtu)
{
    u32 headers = ip_and_tcp_headers(key), most = mtu > headers ? mtu - headers : 0;

    if (options->max_segment)
        most = BP_MIN(most, (u32)options->max_segment);
    return (u16)BP_MAX(most, (u32)BP_TCP_MSS_MIN);
}

void bp_tcp_offer_handshake(const struct bp_tcp *tcp, const struct bp_tcp_key *key,
                            const struct bp_tcp_options *options, u16 mtu,
                            struct bp_tcp_handshake *handshake)
{
    u32 window = tcp->config.receive_window_max;
    u8 scale = 0;

    while (scale < BP_TCP_WSCALE_MAX && window >> scale > BP_TCP_UNSCALED_WINDOW_MAX)
        scale++;
    if (options->window_clamp)
        window = BP_MIN(window, options->window_clamp);
    *handshake = (struct bp_tcp_handshake){
        .iss = bp_tcp_initial_seq(tcp, key),
        .ts_offset = bp_tcp_timestamp_offset(tcp, key),
        .receive_window = BP_MIN(window, (u32)BP_TCP_UNSCALED_WINDOW_MAX),
        .mtu = mtu,
        .receive_wscale = scale,
        .wscale = true,
        .sack = true,
        .timestamps = true,
    };
}

void bp_tcp_receive_handshake(struct bp_tcp_handshake *handshake, const struct bp_tcp_key *key,
                              const struct bp_tcp_segment *segment)
{
    u16 without = bp_ip_is_v4(&key->remote) ? BP_TCP_MSS_DEFAULT : BP_TCP_MSS_DEFAULT_V6;

    handshake->irs = segment->seq;
    handshake->ts_recent = segment->ts_value;
    handshake->wscale &= !!(segment->options & BP_TCP_HAS_WSCALE);
    handshake->sack &= !!(segment->options & BP_TCP_HAS_SACK_OK);
    handshake->timestamps &= !!(segment->options & BP_TCP_HAS_TIMESTAMPS);
    handshake->send_wscale = segment->wscale;
    handshake->peer_mss = segment->options & BP_TCP_HAS_MSS ? segment->mss : without;
}

/* ---- Ports (RFC 6056, 3.3.4: double hash) ------------------------------------------------ */

static bool port_free(struct bp_tcp *tcp, const struct bp_tcp_key *key)
{
    struct bp_tcp_entry *entry = bp_tcp_lookup(tcp, key);

    if (entry && entry->kind == BP_TCP_KIND_TIME_WAIT)
        return bp_tcp_time_wait_reusable(tcp, container_of(entry, struct bp_tcp_time_wait, entry));
    return !entry;
}

static bool choose_port(struct bp_tcp *tcp, struct bp_tcp_key *key)
{
    u32 count = tcp->config.port_last - tcp->config.port_first + 1u;
    u64 hash = keyed(tcp, PURPOSE_PORT, key);
    u32 *counter = &tcp->port_counters[(hash >> 32) % BP_TCP_PORT_COUNTERS];

    for (u32 i = 0; i < count; i++) {
        key->local_port = (u16)(tcp->config.port_first + ((u32)hash + (*counter)++) % count);
        if (port_free(tcp, key) && tcp->config.wire_ops->port_usable(tcp->config.wire, key))
            return true;
    }
    return false;
}

/* ---- The active open --------------------------------------------------------------------- */

/* A record of the same connection in TIME-WAIT gives way; ours starts above its numbers. */
static u32 take_over(struct bp_tcp *tcp, const struct bp_tcp_key *key, u32 iss)
{
    struct bp_tcp_entry *entry = bp_tcp_lookup(tcp, key);
    struct bp_tcp_time_wait *record;
    u32 floor;

    if (!entry)
        return iss;
    record = container_of(entry, struct bp_tcp_time_wait, entry);
    floor = record->snd_nxt + BP_TCP_UNSCALED_WINDOW_MAX + 2;
    bp_tcp_time_wait_drop(tcp, record);
    return bp_seq_max(iss, floor);
}

static void offer(struct bp_tcp_flow *flow, const struct bp_tcp_handshake *handshake, u32 iss)
{
    flow->snd_una = flow->snd_nxt = flow->snd_small = iss;
    flow->snd_end = iss + 1;
    flow->rcv_edge = handshake->receive_window;
    flow->mtu = handshake->mtu;
    flow->ts_offset = handshake->ts_offset;
    flow->receive_wscale = handshake->receive_wscale;
    flow->wscale = flow->sack = flow->timestamps = true;
    flow->ecn = flow->tcp->config.ecn;
}

static int resolve(struct bp_tcp *tcp, struct bp_tcp_key *key, struct bp_tcp_route *route)
{
    int err = tcp->config.wire_ops->route(tcp->config.wire, &key->remote, route);

    if (err)
        return err;
    if (bp_ip_is_any(&key->local))
        key->local = route->local;
    if (!key->local_port)
        return choose_port(tcp, key) ? 0 : -EADDRNOTAVAIL;
    return port_free(tcp, key) ? 0 : -EADDRINUSE;
}

int bp_tcp_connect(struct bp_tcp *tcp, const struct bp_tcp_key *wanted,
                   const struct bp_tcp_options *options, const struct bp_tcp_flow_ops *ops,
                   void *user, struct bp_tcp_flow **made)
{
    struct bp_tcp_handshake handshake;
    struct bp_tcp_key key = *wanted;
    struct bp_tcp_route route;
    struct bp_tcp_flow *flow;
    int err = resolve(tcp, &key, &route);

    if (err)
        return err;
    bp_tcp_offer_handshake(tcp, &key, options, route.mtu, &handshake);
    handshake.iss = take_over(tcp, &key, handshake.iss);
    flow = bp_tcp_flow_new(tcp, &key, options);
    if (!flow)
        return -ENOBUFS;
    bp_tcp_attach(flow, ops, user);
    flow->entry.state = BP_TCP_SYN_SENT;
    flow->offloads = (u8)route.offloads;
    offer(flow, &handshake, handshake.iss);
    tcp->stats.ActiveOpens++;
    if (!bp_tcp_send_syn(flow)) {
        flow->ops = NULL;
        bp_tcp_abort(flow);
        return -ENOBUFS;
    }
    *made = flow;
    return 0;
}

void bp_tcp_attach(struct bp_tcp_flow *flow, const struct bp_tcp_flow_ops *ops, void *user)
{
    flow->ops = ops;
    flow->user = user;
}

/* The handshake is complete, on either side. */
void bp_tcp_established(struct bp_tcp_flow *flow)
{
    flow->entry.state = BP_TCP_ESTABLISHED;
    if (flow->fin_queued)
        flow->entry.state = BP_TCP_FIN_WAIT1;
    flow->snd_small = flow->snd_una;
    flow->probes = 0;
    if (flow->retransmitted_segs) /* RFC 6928, 2: a SYN was lost */
        flow->cwnd = flow->mss;
    bp_tcp_keepalive_rearm(flow);
    if (!flow->passive && !flow->released)
        flow->ops->established(flow->user);
}
