/* Segment size and the path's MTU: options, ICMP (RFC 1191, 8201, 5927). */
#include "net/tcp_flow.h"

enum {
    MTU_MIN_V4 = 552, /* min_pmtu: less is an attack */
    MTU_MIN_V6 = 1280,
    TIMESTAMP_BYTES = 12,
};

/* What fits a packet and the peer takes, less the options that every segment has (RFC 6691). */
void bp_tcp_set_mtu(struct bp_tcp_flow *flow, u16 mtu)
{
    u32 mss = BP_MIN(bp_tcp_max_segment(&flow->options, &flow->entry.key, mtu), flow->peer_mss);

    flow->mtu = mtu;
    mss = BP_MAX(mss, (u32)BP_TCP_MSS_MIN);
    flow->mss = (u16)(flow->timestamps ? mss - TIMESTAMP_BYTES : mss);
    flow->cwnd = BP_MAX(flow->cwnd, (u32)flow->mss);
}

static void too_big(struct bp_tcp_flow *flow, u32 seq, u32 mtu)
{
    u32 least = bp_ip_is_v4(&flow->entry.key.remote) ? MTU_MIN_V4 : MTU_MIN_V6;

    mtu = BP_MAX(mtu, least);
    if (mtu >= flow->mtu)
        return;
    bp_tcp_set_mtu(flow, (u16)mtu);
    if (!bp_tcp_synchronized(flow))
        return;
    /* What was too big did not arrive, and congestion is not the reason. */
    bp_list_for_each (node, &flow->flight->sent) {
        struct bp_tcp_sent *sent = bp_list_entry(node, struct bp_tcp_sent, by_seq);

        if (!bp_seq_before(sent->seq, seq) && !(sent->flags & BP_TCP_SENT_SACKED) &&
            sent->end - sent->seq > flow->mss)
            bp_tcp_flight_mark_lost(flow, sent);
    }
    bp_tcp_pend(flow);
}

/* RFC 5927, 4: it must be about something that is in flight. */
static struct bp_tcp_entry *quoted(struct bp_tcp *tcp, const struct bp_ip_addr *local,
                                   const struct bp_ip_addr *remote, const u8 header[8], u32 *seq)
{
    struct bp_tcp_key key = {
        .local = *local,
        .remote = *remote,
        .local_port = (u16)(header[0] << 8 | header[1]),
        .remote_port = (u16)(header[2] << 8 | header[3]),
    };
    struct bp_tcp_entry *entry = bp_tcp_lookup(tcp, &key);

    *seq = (u32)header[4] << 24 | (u32)header[5] << 16 | (u32)header[6] << 8 | header[7];
    if (!entry || entry->kind == BP_TCP_KIND_TIME_WAIT)
        return NULL;
    if (entry->kind == BP_TCP_KIND_REQUEST)
        return *seq == container_of(entry, struct bp_tcp_request, entry)->handshake.iss ? entry
                                                                                        : NULL;
    const struct bp_tcp_flow *flow = container_of(entry, struct bp_tcp_flow, entry);
    return flow->flight && bp_seq_within(*seq, flow->snd_una, flow->snd_nxt) ? entry : NULL;
}

bool bp_tcp_too_big(struct bp_tcp *tcp, const struct bp_ip_addr *local,
                    const struct bp_ip_addr *remote, const u8 header[8], u32 mtu)
{
    u32 seq;
    struct bp_tcp_entry *entry = quoted(tcp, local, remote, header, &seq);

    if (entry && entry->kind == BP_TCP_KIND_FLOW)
        too_big(container_of(entry, struct bp_tcp_flow, entry), seq, mtu);
    return entry;
}

bool bp_tcp_unreachable(struct bp_tcp *tcp, const struct bp_ip_addr *local,
                        const struct bp_ip_addr *remote, const u8 header[8], int error)
{
    u32 seq;
    struct bp_tcp_entry *entry = quoted(tcp, local, remote, header, &seq);
    struct bp_tcp_flow *flow;

    if (!entry)
        return false;
    if (entry->kind == BP_TCP_KIND_REQUEST) {
        tcp->stats.AttemptFails++;
        bp_tcp_request_drop(container_of(entry, struct bp_tcp_request, entry));
        return true;
    }
    flow = container_of(entry, struct bp_tcp_flow, entry);
    if (bp_tcp_synchronized(flow)) {
        flow->soft_error = (u8)error;
        return true;
    }
    tcp->stats.AttemptFails++;
    tcp->busy = true;
    bp_tcp_end(flow, error);
    tcp->busy = false;
    return true;
}
