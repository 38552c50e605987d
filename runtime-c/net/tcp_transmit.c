/* Segments of a flow, and those that belong to none: what is in them, and onto the wire. */
#include "net/tcp_flow.h"

/* ---- Segments ---------------------------------------------------------------------------- */

/* Numbers, window and options that every segment of a flow has. */
static struct bp_tcp_segment segment_of(struct bp_tcp_flow *flow, u32 seq, u8 flags)
{
    struct bp_tcp_segment segment = {
        .source = flow->entry.key.local_port,
        .destination = flow->entry.key.remote_port,
        .seq = seq,
        .flags = flags,
    };

    if (flags & BP_TCP_ACK)
        segment.ack = flow->rcv_nxt;
    if (unlikely(flow->urgent_out) && !(flags & (BP_TCP_SYN | BP_TCP_RST)))
        bp_tcp_urgent_mark(flow, &segment);
    if (flow->timestamps) {
        segment.options |= BP_TCP_HAS_TIMESTAMPS;
        segment.ts_value = bp_tcp_now_ms(flow->tcp) + flow->ts_offset;
        segment.ts_echo = flags & BP_TCP_ACK ? flow->ts_recent : 0;
    }
    return segment;
}

static void offer_window(struct bp_tcp_flow *flow, struct bp_tcp_segment *segment)
{
    u32 window = bp_tcp_window_select(flow);

    segment->window = BP_MIN(window >> flow->receive_wscale, (u32)BP_TCP_UNSCALED_WINDOW_MAX);
}

/* An acknowledgement leaves with it, so none is owed any more. */
static void acknowledged(struct bp_tcp_flow *flow)
{
    flow->rcv_acked = flow->rcv_nxt;
    flow->ack_now = flow->ack_later = false;
    if (flow->quick_acks)
        flow->quick_acks--;
    bp_tcp_timer_clear(flow, BP_TCP_TIMER_ACK);
}

static void add_sacks(struct bp_tcp_flow *flow, struct bp_tcp_segment *segment, u32 payload)
{
    if (!flow->sack || payload + 12 > flow->mss)
        return;
    segment->sacks = (u8)bp_tcp_sack_blocks(flow, segment->sack);
    if (payload)
        segment->sacks = (u8)BP_MIN((u32)segment->sacks, (flow->mss - payload - 4) / 8);
}

static struct bp_packet *with_header(struct bp_tcp *tcp, struct bp_packet *packet,
                                     struct bp_tcp_segment *segment)
{
    u32 len = bp_tcp_segment_header_len(segment);

    bp_tcp_segment_build(segment, bp_packet_push(packet, len));
    packet->l4_len = (u16)len;
    tcp->stats.OutSegs++;
    return packet;
}

static void output(struct bp_tcp_flow *flow, struct bp_packet *packet,
                   struct bp_tcp_segment *segment, bool ecn_capable)
{
    struct bp_tcp *tcp = flow->tcp;
    struct bp_tcp_path path = {
        .tos = (u8)((flow->options.tos & ~3) | (ecn_capable ? 2 : 0)),
        .ttl = flow->options.ttl,
    };

    with_header(tcp, packet, segment);
    flow->segs_out++;
    if (segment->flags & BP_TCP_ACK)
        acknowledged(flow);
    tcp->config.wire_ops->output(tcp->config.wire, packet, &flow->entry.key, &path);
}

static struct bp_packet *alloc(struct bp_tcp *tcp, const struct bp_tcp_key *key)
{
    return tcp->config.wire_ops->alloc(tcp->config.wire, &key->remote);
}

void bp_tcp_send_bare(struct bp_tcp *tcp, const struct bp_tcp_key *key,
                      struct bp_tcp_segment *segment, const struct bp_tcp_path *path)
{
    struct bp_packet *packet = alloc(tcp, key);

    if (!packet)
        return;
    segment->source = key->local_port;
    segment->destination = key->remote_port;
    with_header(tcp, packet, segment);
    tcp->config.wire_ops->output(tcp->config.wire, packet, key, path);
}

/* RFC 9293, 3.10.7.1: the reset that a segment to nobody gets. */
void bp_tcp_refuse(struct bp_tcp *tcp, const struct bp_tcp_key *key,
                   const struct bp_tcp_segment *segment)
{
    struct bp_tcp_segment reset = {.flags = BP_TCP_RST};

    if (segment->flags & BP_TCP_RST)
        return;
    if (segment->flags & BP_TCP_ACK) {
        reset.seq = segment->ack;
    } else {
        reset.ack = segment->end;
        reset.flags |= BP_TCP_ACK;
    }
    tcp->stats.OutRsts++;
    bp_tcp_send_bare(tcp, key, &reset, &(struct bp_tcp_path){0});
}

/* ---- Without data ------------------------------------------------------------------------ */

static bool send_empty(struct bp_tcp_flow *flow, u32 seq, u8 flags)
{
    struct bp_packet *packet = alloc(flow->tcp, &flow->entry.key);
    struct bp_tcp_segment segment;

    if (!packet)
        return false;
    segment = segment_of(flow, seq, flags);
    offer_window(flow, &segment);
    add_sacks(flow, &segment, 0);
    if (flow->ecn_echo)
        segment.flags |= BP_TCP_ECE;
    output(flow, packet, &segment, false);
    return true;
}

void bp_tcp_send_ack(struct bp_tcp_flow *flow)
{
    if (send_empty(flow, flow->snd_nxt, BP_TCP_ACK))
        return;
    flow->ack_later = true;
    bp_tcp_timer_set(flow, BP_TCP_TIMER_ACK, BP_TCP_DELAYED_ACK_MS);
}

/* Below the window: whoever is alive answers. Keep-alive, and closed windows as Linux asks. */
static void send_below_window(struct bp_tcp_flow *flow)
{
    send_empty(flow, flow->snd_una - 1, BP_TCP_ACK);
}

void bp_tcp_send_probe(struct bp_tcp_flow *flow, bool with_data)
{
    if (!with_data || !bp_tcp_send_new_probe(flow))
        send_below_window(flow);
}

void bp_tcp_send_reset(struct bp_tcp_flow *flow)
{
    struct bp_packet *packet = alloc(flow->tcp, &flow->entry.key);
    struct bp_tcp_segment segment;

    flow->tcp->stats.OutRsts++;
    if (!packet)
        return;
    segment = segment_of(flow, flow->snd_nxt, BP_TCP_RST | BP_TCP_ACK);
    output(flow, packet, &segment, false);
}

/* RFC 5961, 5: so few a second that an attacker learns nothing and gains no amplifier. */
void bp_tcp_send_challenge(struct bp_tcp_flow *flow)
{
    enum {
        CHALLENGES_A_SECOND = 100
    };
    struct bp_tcp *tcp = flow->tcp;
    u32 second = (u32)(tcp->now / 1000000000);

    if (tcp->challenge_second != second) {
        tcp->challenge_second = second;
        tcp->challenges = 0;
    }
    if (tcp->challenges++ >= CHALLENGES_A_SECOND)
        return;
    tcp->stats.TCPChallengeACK++;
    bp_tcp_send_ack(flow);
}

/* ---- SYN --------------------------------------------------------------------------------- */

static struct bp_tcp_segment syn_segment(struct bp_tcp_flow *flow)
{
    bool answer = flow->entry.state == BP_TCP_SYN_RECEIVED;
    struct bp_tcp_segment segment =
        segment_of(flow, flow->snd_una, answer ? BP_TCP_SYN | BP_TCP_ACK : BP_TCP_SYN);

    segment.mss = bp_tcp_max_segment(&flow->options, &flow->entry.key, flow->mtu);
    segment.options |= BP_TCP_HAS_MSS;
    if (flow->sack)
        segment.options |= BP_TCP_HAS_SACK_OK;
    if (flow->wscale)
        segment.options |= BP_TCP_HAS_WSCALE;
    segment.wscale = flow->receive_wscale;
    if (flow->ecn)
        segment.flags |= answer ? BP_TCP_ECE : BP_TCP_ECE | BP_TCP_CWR;
    segment.window = BP_MIN(flow->rcv_edge - flow->rcv_nxt, (u32)BP_TCP_UNSCALED_WINDOW_MAX);
    return segment;
}

static bool transmit_syn(struct bp_tcp_flow *flow)
{
    struct bp_packet *packet = alloc(flow->tcp, &flow->entry.key);
    struct bp_tcp_segment segment;

    if (!packet)
        return false;
    segment = syn_segment(flow);
    output(flow, packet, &segment, false);
    return true;
}

/* The first one; a failure to send is repaired by the retransmission timer. */
bool bp_tcp_send_syn(struct bp_tcp_flow *flow)
{
    if (!bp_tcp_flight_add(flow, flow->snd_nxt, 1, BP_TCP_SYN))
        return false;
    flow->snd_nxt++;
    transmit_syn(flow);
    bp_tcp_send_timer_set(flow, BP_TCP_SEND_RETRANSMIT, bp_tcp_rto(flow));
    return true;
}

/* ---- Data -------------------------------------------------------------------------------- */

/* Fills the packet and, beyond its room, further pieces. */
static bool fill(struct bp_tcp_flow *flow, struct bp_packet *packet, u32 seq, u32 len)
{
    struct bp_packet *piece = packet;

    packet->total = len;
    for (u32 done = 0, part; done < len; done += part) {
        if (!bp_packet_tailroom(piece)) {
            piece->next = alloc(flow->tcp, &flow->entry.key);
            if (!piece->next)
                return false;
            piece = piece->next;
            piece->offset = 0;
        }
        part = BP_MIN(len - done, bp_packet_tailroom(piece));
        flow->ops->copy_out(flow->user, seq - flow->snd_una + done,
                            bp_packet_data(piece) + piece->len, part);
        piece->len = (u16)(piece->len + part);
    }
    return true;
}

void bp_tcp_burst_free(struct bp_tcp_flow *flow, const struct bp_tcp_burst *burst)
{
    for (u32 i = 0; i < burst->count; i++)
        flow->tcp->config.wire_ops->free(flow->tcp->config.wire, burst->packets[i]);
}

bool bp_tcp_burst_fill(struct bp_tcp_flow *flow, struct bp_tcp_burst *burst, u32 seq, u32 len)
{
    u32 unit = bp_tcp_segments_by_device(flow) ? len : flow->mss, done = 0;

    burst->count = 0;
    do {
        u32 part = BP_MIN(len - done, unit);
        struct bp_packet *packet = alloc(flow->tcp, &flow->entry.key);

        if (packet)
            burst->packets[burst->count++] = packet;
        if (!packet || !fill(flow, packet, seq + done, part)) {
            bp_tcp_burst_free(flow, burst);
            return false;
        }
        done += part;
    } while (done < len);
    return true;
}

/* One packet of a burst; flags that belong to the first or last one alone are those of `control`.
 */
static void transmit_part(struct bp_tcp_flow *flow, struct bp_packet *packet, u32 seq, u32 len,
                          u8 control, bool again)
{
    struct bp_tcp_segment segment = segment_of(flow, seq, BP_TCP_ACK | control);

    if (len > flow->mss) {
        packet->flags |= BP_PACKET_SEGMENT;
        packet->mss = flow->mss;
    }
    if (len && seq + len == flow->snd_end)
        segment.flags |= BP_TCP_PSH;
    if (flow->ecn_echo)
        segment.flags |= BP_TCP_ECE;
    if (flow->ecn_reduced && !again && len) {
        segment.flags |= BP_TCP_CWR;
        flow->ecn_reduced = false;
    }
    offer_window(flow, &segment);
    add_sacks(flow, &segment, len);
    flow->data_segs_out += !!len;
    /* Retransmissions are not marked: RFC 3168, 6.1.5. */
    output(flow, packet, &segment, flow->ecn && len && !again);
}

void bp_tcp_burst_transmit(struct bp_tcp_flow *flow, const struct bp_tcp_burst *burst, u32 seq,
                           u32 len, u8 control, bool again)
{
    flow->bytes_sent += len;
    bp_tcp_pacing_sent(flow, len);
    flow->last_data_sent_ms = bp_tcp_now_ms(flow->tcp);
    if (flow->flight && flow->congestion_state == BP_TCP_CA_RECOVERY)
        flow->flight->prr_out += len;
    for (u32 i = 0, done = 0, part; i < burst->count; i++, done += part) {
        bool last = i == burst->count - 1;

        part = last ? len - done : flow->mss;
        transmit_part(flow, burst->packets[i], seq + done, part, last ? control : 0, again);
    }
}

/* Sends a record once more. False: no packet. */
bool bp_tcp_transmit_sent(struct bp_tcp_flow *flow, struct bp_tcp_sent *sent)
{
    u32 len = sent->end - sent->seq - !!sent->control;
    bool ok = true;

    flow->tcp->stats.RetransSegs++;
    flow->retransmitted_segs += len > flow->mss ? (len + flow->mss - 1) / flow->mss : 1;
    flow->bytes_retransmitted += len;
    if (sent->control & BP_TCP_SYN) {
        ok = transmit_syn(flow);
    } else {
        struct bp_tcp_burst burst;

        ok = bp_tcp_burst_fill(flow, &burst, sent->seq, len);
        if (ok)
            bp_tcp_burst_transmit(flow, &burst, sent->seq, len, sent->control, true);
    }
    if (!ok)
        return false;
    bp_tcp_flight_sent_again(flow, sent);
    if (flow->flight->can_undo)
        flow->flight->undo_bytes += len;
    return true;
}
