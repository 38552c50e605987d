/* A segment arrives (RFC 9293, 3.10.7). */
#include "net/tcp_flow.h"

#include <errno.h>

enum {
    UNACCEPTABLE_PAUSE_MS = 500, /* between answers to segments without data outside the window */
};

static void packet_free(struct bp_tcp *tcp, struct bp_packet *packet)
{
    tcp->config.wire_ops->free(tcp->config.wire, packet);
}

/* ---- SYN-SENT (3.10.7.3) ----------------------------------------------------------------- */

static struct bp_tcp_handshake handshake_of(const struct bp_tcp_flow *flow)
{
    return (struct bp_tcp_handshake){
        .receive_window = flow->rcv_edge - flow->rcv_nxt,
        .ts_offset = flow->ts_offset,
        .mtu = flow->mtu,
        .receive_wscale = flow->receive_wscale,
        .wscale = flow->wscale,
        .sack = flow->sack,
        .timestamps = flow->timestamps,
        .ecn = flow->ecn,
    };
}

/* Our SYN is acknowledged. The window in a SYN is never scaled. */
static void syn_acknowledged(struct bp_tcp_flow *flow, const struct bp_tcp_segment *segment)
{
    u8 scale = flow->send_wscale;

    if (segment->flags & BP_TCP_SYN)
        flow->send_wscale = 0;
    if (bp_tcp_ack_input(flow, segment))
        bp_tcp_established(flow);
    flow->send_wscale = scale;
}

static void syn_received(struct bp_tcp_flow *flow, const struct bp_tcp_segment *segment)
{
    struct bp_tcp_handshake handshake = handshake_of(flow);

    bp_tcp_receive_handshake(&handshake, &flow->entry.key, segment);
    handshake.ecn = handshake.ecn && (segment->flags & (BP_TCP_ECE | BP_TCP_CWR)) == BP_TCP_ECE;
    bp_tcp_flow_start(flow, &handshake);
    flow->rcv_acked = segment->seq; /* the SYN is not acknowledged yet */
    if (segment->flags & BP_TCP_ACK) {
        flow->ack_now = true;
        syn_acknowledged(flow, segment);
        return;
    }
    /* Simultaneous open: our SYN goes again, as an answer. */
    flow->entry.state = BP_TCP_SYN_RECEIVED;
    bp_tcp_transmit_sent(flow, bp_list_first(&flow->flight->sent, struct bp_tcp_sent, by_seq));
}

static void syn_sent_input(struct bp_tcp_flow *flow, struct bp_tcp_segment *segment)
{
    bool ack = segment->flags & BP_TCP_ACK;

    if (ack && segment->ack != flow->snd_nxt) {
        bp_tcp_refuse(flow->tcp, &flow->entry.key, segment);
        return;
    }
    if (segment->flags & BP_TCP_RST) {
        if (!ack)
            return;
        flow->tcp->stats.AttemptFails++;
        bp_tcp_end(flow, ECONNREFUSED);
        return;
    }
    if (segment->flags & BP_TCP_SYN)
        syn_received(flow, segment);
}

/* ---- Acceptability (3.10.7.4, first to fourth) ------------------------------------------- */

/* RFC 7323, 5.3: older than what was seen. After 24 days without a segment the clock tells nothing.
 */
static bool paws_rejects(const struct bp_tcp_flow *flow, const struct bp_tcp_segment *segment)
{
    return flow->timestamps && (segment->options & BP_TCP_HAS_TIMESTAMPS) &&
           bp_seq_before(segment->ts_value, flow->ts_recent) &&
           bp_tcp_now_ms(flow->tcp) - flow->ts_recent_ms < BP_TCP_PAWS_DAYS_MS;
}

/* As Linux: an acknowledgement that was overtaken on the way is still good. */
static bool in_window(const struct bp_tcp_flow *flow, const struct bp_tcp_segment *segment)
{
    return !bp_seq_before(segment->end, flow->rcv_acked) &&
           !bp_seq_after(segment->seq, flow->rcv_edge);
}

/* What is out of the window is acknowledged, without data not too often: two stacks that disagree
 * must not talk for ever. */
static void answer_unacceptable(struct bp_tcp_flow *flow, const struct bp_tcp_segment *segment)
{
    u32 now_ms = bp_tcp_now_ms(flow->tcp);

    if (segment->len) {
        bp_tcp_note_dsack(flow, segment->seq,
                          bp_seq_min(segment->seq + segment->len, flow->rcv_nxt));
    } else if (flow->unacceptable_ms && now_ms - flow->unacceptable_ms < UNACCEPTABLE_PAUSE_MS) {
        return;
    } else {
        flow->unacceptable_ms = now_ms | 1;
    }
    flow->ack_now = true;
}

static void reset(struct bp_tcp_flow *flow)
{
    int error = flow->entry.state == BP_TCP_CLOSE_WAIT ? EPIPE : ECONNRESET;

    if (flow->entry.state == BP_TCP_SYN_RECEIVED)
        error = ECONNREFUSED;
    flow->tcp->stats.EstabResets++;
    bp_tcp_end(flow, error);
}

/* RFC 5961, 3 and 4: only an exact RST resets; SYNs and near misses are challenged. */
static bool acceptable(struct bp_tcp_flow *flow, const struct bp_tcp_segment *segment)
{
    bool rst = segment->flags & BP_TCP_RST;

    if (!rst && paws_rejects(flow, segment)) {
        flow->tcp->stats.PAWSEstab++;
        answer_unacceptable(flow, segment);
    } else if (rst && segment->seq == flow->rcv_nxt) {
        reset(flow);
    } else if (rst) {
        if (in_window(flow, segment))
            bp_tcp_send_challenge(flow);
    } else if (segment->flags & BP_TCP_SYN) {
        bp_tcp_send_challenge(flow);
    } else if (!in_window(flow, segment)) {
        answer_unacceptable(flow, segment);
    } else {
        return segment->flags & BP_TCP_ACK;
    }
    return false;
}

/* RFC 7323, 4.3: the time stamp to echo is that of the segment that is next to be acknowledged. */
static void remember_timestamp(struct bp_tcp_flow *flow, const struct bp_tcp_segment *segment)
{
    if (!flow->timestamps || !(segment->options & BP_TCP_HAS_TIMESTAMPS) ||
        bp_seq_after(segment->seq, flow->rcv_acked))
        return;
    flow->ts_recent = segment->ts_value;
    flow->ts_recent_ms = bp_tcp_now_ms(flow->tcp);
}

/* ---- Synchronized (3.10.7.4, fifth to eighth) -------------------------------------------- */

/* Our FIN has been acknowledged. */
static void fin_acknowledged(struct bp_tcp_flow *flow)
{
    switch (flow->entry.state) {
    case BP_TCP_FIN_WAIT1:
        flow->entry.state = BP_TCP_FIN_WAIT2;
        bp_tcp_fin_wait2(flow);
        break;
    case BP_TCP_CLOSING:
        bp_tcp_time_wait_enter(flow);
        break;
    case BP_TCP_LAST_ACK:
        bp_tcp_end(flow, 0);
        break;
    }
}

static void note_congestion(struct bp_tcp_flow *flow, const struct bp_tcp_segment *segment)
{
    if (!flow->ecn)
        return;
    if (segment->flags & BP_TCP_CWR)
        flow->ecn_echo = false;
    if (!segment->congested)
        return;
    if (!flow->ecn_echo)
        flow->ack_now = true;
    flow->ecn_echo = true;
}

static bool wants_data(const struct bp_tcp_flow *flow, const struct bp_tcp_segment *segment)
{
    return (segment->len || (segment->flags & BP_TCP_FIN)) && !flow->fin_received;
}

/* True: what the segment carries is still to be looked at. */
static bool synchronized_input(struct bp_tcp_flow *flow, const struct bp_tcp_segment *segment)
{
    if (!acceptable(flow, segment))
        return false;
    remember_timestamp(flow, segment);
    if (flow->entry.state == BP_TCP_SYN_RECEIVED) {
        if (segment->ack != flow->snd_nxt) {
            bp_tcp_refuse(flow->tcp, &flow->entry.key, segment);
            return false;
        }
        syn_acknowledged(flow, segment);
    } else if (!bp_tcp_ack_input(flow, segment)) {
        return false;
    }
    if (!flow->dead && bp_tcp_fin_sent(flow) && !flow->flight)
        fin_acknowledged(flow);
    if (flow->dead)
        return false;
    note_congestion(flow, segment);
    if (unlikely(segment->flags & BP_TCP_URG))
        bp_tcp_urgent_input(flow, segment);
    if (flow->fin_received && segment->end != segment->seq)
        flow->ack_now = true; /* a FIN again: our acknowledgement was lost */
    return wants_data(flow, segment);
}

void bp_tcp_flow_input(struct bp_tcp_flow *flow, struct bp_tcp_segment *segment,
                       struct bp_packet *packet)
{
    bool data = false;

    flow->segs_in += segment->segs;
    bp_tcp_pend(flow);
    if (flow->entry.state == BP_TCP_SYN_SENT)
        syn_sent_input(flow, segment);
    else
        data = synchronized_input(flow, segment);
    if (data)
        bp_tcp_data_input(flow, segment, packet);
    else
        packet_free(flow->tcp, packet);
    if (unlikely(flow->urgent_news))
        bp_tcp_urgent_tell(flow);
}

/* ---- Demultiplexing ---------------------------------------------------------------------- */

void bp_tcp_dispatch(struct bp_tcp *tcp, const struct bp_tcp_key *key,
                     struct bp_tcp_segment *segment, struct bp_packet *packet)
{
    struct bp_tcp_entry *entry = bp_tcp_lookup(tcp, key);
    u32 iss_floor;

    if (!entry) {
        bp_tcp_listen_input(tcp, key, segment, packet, NULL);
        return;
    }
    switch (entry->kind) {
    case BP_TCP_KIND_FLOW:
        bp_tcp_flow_input(container_of(entry, struct bp_tcp_flow, entry), segment, packet);
        break;
    case BP_TCP_KIND_REQUEST:
        bp_tcp_request_input(container_of(entry, struct bp_tcp_request, entry), segment, packet);
        break;
    case BP_TCP_KIND_TIME_WAIT:
        if (bp_tcp_time_wait_input(tcp, container_of(entry, struct bp_tcp_time_wait, entry),
                                   segment, &iss_floor))
            bp_tcp_listen_input(tcp, key, segment, packet, &iss_floor);
        else
            packet_free(tcp, packet);
        break;
    }
}

/* Reads the header and takes it off. False: there is none, and the packet is gone. */
static bool parse(struct bp_tcp *tcp, struct bp_packet *packet, const struct bp_ip_addr *source,
                  const struct bp_ip_addr *destination, u8 tos, struct bp_tcp_key *key,
                  struct bp_tcp_segment *segment)
{
    tcp->stats.InSegs++;
    if (!bp_tcp_segment_parse(segment, bp_packet_data(packet), packet->len, packet->total)) {
        tcp->stats.InErrs++;
        packet_free(tcp, packet);
        return false;
    }
    bp_packet_pull(packet, segment->header_len);
    segment->tos = tos;
    segment->congested = (tos & 3) == 3;
    *key = (struct bp_tcp_key){
        .local = *destination,
        .remote = *source,
        .local_port = segment->destination,
        .remote_port = segment->source,
    };
    return true;
}

void bp_tcp_input(struct bp_tcp *tcp, struct bp_packet *packet, const struct bp_ip_addr *source,
                  const struct bp_ip_addr *destination, u8 tos)
{
    struct bp_tcp_segment segment;
    struct bp_tcp_key key;

    bp_tcp_settle(tcp);
    if (!parse(tcp, packet, source, destination, tos, &key, &segment))
        return;
    tcp->busy = true;
    bp_tcp_dispatch(tcp, &key, &segment, packet);
    tcp->busy = false;
}

void bp_tcp_input_burst(struct bp_tcp *tcp, struct bp_packet *packet,
                        const struct bp_ip_addr *source, const struct bp_ip_addr *destination,
                        u8 tos)
{
    struct bp_tcp_segment segment;
    struct bp_tcp_key key;

    if (!parse(tcp, packet, source, destination, tos, &key, &segment))
        return;
    tcp->busy = true;
    if (!bp_tcp_collect(tcp, &key, &segment, packet))
        bp_tcp_dispatch(tcp, &key, &segment, packet);
    tcp->busy = false;
}
