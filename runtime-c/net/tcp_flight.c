/*
 * The scoreboard: one record for each burst in flight, in order of sequence and, apart, of
 * transmission. All is counted in bytes (a SYN or FIN as one), so that records may be cut anywhere.
 */
#include "net/tcp_flow.h"

static u32 length(const struct bp_tcp_sent *sent)
{
    return sent->end - sent->seq;
}

static struct bp_tcp_flight *flight_of(struct bp_tcp_flow *flow)
{
    struct bp_tcp_flight *flight = flow->flight;

    if (flight)
        return flight;
    flight = bp_tcp_get(flow->tcp, BP_TCP_OBJECT_FLIGHT);
    if (!flight)
        return NULL;
    *flight = (struct bp_tcp_flight){
        .fack = flow->snd_una, .dsack_round = flow->snd_una, .since_ms = bp_tcp_now_ms(flow->tcp)};
    bp_list_init(&flight->sent);
    bp_list_init(&flight->by_time);
    flow->flight = flight;
    return flight;
}

static void flight_put(struct bp_tcp_flow *flow)
{
    flow->busy_ms += bp_tcp_now_ms(flow->tcp) - flow->flight->since_ms;
    bp_tcp_put(flow->tcp, BP_TCP_OBJECT_FLIGHT, flow->flight);
    flow->flight = NULL;
}

bool bp_tcp_flight_add(struct bp_tcp_flow *flow, u32 seq, u32 len, u8 control)
{
    struct bp_tcp_flight *flight = flight_of(flow);
    struct bp_tcp_sent *sent = flight ? bp_tcp_get(flow->tcp, BP_TCP_OBJECT_SENT) : NULL;

    if (!sent) {
        if (flight && bp_list_empty(&flight->sent))
            flight_put(flow);
        return false;
    }
    *sent = (struct bp_tcp_sent){
        .when = flow->tcp->now,
        .seq = seq,
        .end = seq + len,
        .control = control,
        .transmitted = 1,
    };
    bp_tcp_rate_sent(flow, sent);
    bp_list_add_tail(&flight->sent, &sent->by_seq);
    bp_list_add_tail(&flight->by_time, &sent->by_time);
    return true;
}

/* Cuts in two at `at`, which lies inside. Returns the second; NULL: out of memory, nothing done. */
struct bp_tcp_sent *bp_tcp_flight_split(struct bp_tcp_flow *flow, struct bp_tcp_sent *sent, u32 at)
{
    struct bp_tcp_sent *rest = bp_tcp_get(flow->tcp, BP_TCP_OBJECT_SENT);

    if (!rest)
        return NULL;
    *rest = *sent;
    rest->seq = sent->end = at;
    sent->control = 0;
    bp_list_add_head(&sent->by_seq, &rest->by_seq);
    bp_list_init(&rest->by_time);
    if (!bp_list_empty(&sent->by_time))
        bp_list_add_head(&sent->by_time, &rest->by_time);
    return rest;
}

/* Takes `bytes` of a record out of the counts of its states. */
static void uncount(struct bp_tcp_flight *flight, const struct bp_tcp_sent *sent, u32 bytes)
{
    if (sent->flags & BP_TCP_SENT_SACKED)
        flight->sacked -= bytes;
    if (sent->flags & BP_TCP_SENT_LOST)
        flight->lost -= bytes;
    if (sent->flags & BP_TCP_SENT_AGAIN)
        flight->again -= bytes;
}

/* The same bytes, told of by an acknowledgement. */
static void arrived(struct bp_tcp_flow *flow, struct bp_tcp_sent *sent, u32 bytes,
                    struct bp_tcp_news *news)
{
    if (sent->flags & BP_TCP_SENT_SACKED)
        return;
    news->delivered += bytes;
    if (sent->transmitted == 1) {
        news->when = BP_MAX(news->when, sent->when);
        news->original = true;
    }
    bp_tcp_rate_arrived(flow, sent, bytes, &news->rate);
    bp_tcp_rack_arrived(flow, sent);
}

static void remove_record(struct bp_tcp_flow *flow, struct bp_tcp_sent *sent)
{
    if (flow->flight->resend == sent)
        flow->flight->resend = NULL;
    if (flow->flight->sacked_last == sent)
        flow->flight->sacked_last = NULL;
    bp_list_del(&sent->by_seq);
    bp_list_del(&sent->by_time);
    bp_tcp_put(flow->tcp, BP_TCP_OBJECT_SENT, sent);
}

/* Without SACK, what duplicate acknowledgements stood for is in the bytes now acknowledged. */
static void forget_duplicates(struct bp_tcp_flow *flow, u32 acked)
{
    struct bp_tcp_flight *flight = flow->flight;
    u32 beyond = acked > flow->mss ? acked - flow->mss : 0;

    flight->sacked -= BP_MIN(flight->sacked, beyond);
    flight->sacked = BP_MIN(flight->sacked, bp_tcp_in_flight(flow) - flight->lost);
}

void bp_tcp_flight_ack(struct bp_tcp_flow *flow, u32 ack, struct bp_tcp_news *news)
{
    struct bp_tcp_flight *flight = flow->flight;

    while (!bp_list_empty(&flight->sent)) {
        struct bp_tcp_sent *sent = bp_list_first(&flight->sent, struct bp_tcp_sent, by_seq);
        u32 bytes = bp_seq_min(sent->end, ack) - sent->seq;

        if (!bp_seq_before(sent->seq, ack))
            break;
        arrived(flow, sent, bytes, news);
        uncount(flight, sent, bytes);
        sent->seq += bytes;
        if (!length(sent))
            remove_record(flow, sent);
    }
    news->cumulative = ack - flow->snd_una;
    flow->snd_una = ack;
    if (!flow->sack)
        forget_duplicates(flow, news->cumulative);
    if (bp_list_empty(&flight->sent))
        flight_put(flow);
}

void bp_tcp_flight_mark_sacked(struct bp_tcp_flow *flow, struct bp_tcp_sent *sent,
                               struct bp_tcp_news *news)
{
    struct bp_tcp_flight *flight = flow->flight;

    arrived(flow, sent, length(sent), news);
    uncount(flight, sent, length(sent));
    sent->flags = BP_TCP_SENT_SACKED;
    flight->sacked += length(sent);
    flight->sacked_last = sent;
    bp_list_del(&sent->by_time);
}

/* Also when a retransmission has been lost again. */
void bp_tcp_flight_mark_lost(struct bp_tcp_flow *flow, struct bp_tcp_sent *sent)
{
    struct bp_tcp_flight *flight = flow->flight;

    if ((sent->flags & (BP_TCP_SENT_LOST | BP_TCP_SENT_AGAIN)) != BP_TCP_SENT_LOST)
        flow->bytes_lost += length(sent);
    uncount(flight, sent, length(sent));
    sent->flags = BP_TCP_SENT_LOST;
    flight->lost += length(sent);
    if (flight->resend && bp_seq_before(sent->seq, flight->resend->seq))
        flight->resend = sent;
    bp_list_del(&sent->by_time);
}

/* The node to begin at. */
struct bp_list *bp_tcp_flight_from(struct bp_tcp_flight *flight, const struct bp_tcp_sent *hint)
{
    return hint ? (struct bp_list *)&hint->by_seq : flight->sent.next;
}

/* It has been sent once more. */
void bp_tcp_flight_sent_again(struct bp_tcp_flow *flow, struct bp_tcp_sent *sent)
{
    struct bp_tcp_flight *flight = flow->flight;

    uncount(flight, sent, length(sent));
    if (sent->flags & BP_TCP_SENT_LOST) {
        sent->flags |= BP_TCP_SENT_AGAIN;
        flight->lost += length(sent);
        flight->again += length(sent);
    }
    sent->when = flow->tcp->now;
    bp_tcp_rate_sent(flow, sent);
    sent->transmitted = (u8)BP_MIN(sent->transmitted + 1, 255);
    bp_list_del(&sent->by_time);
    bp_list_add_tail(&flight->by_time, &sent->by_time);
}

/* All that is not SACKed is lost, or nothing is: at a timeout, and when that proves wrong. */
void bp_tcp_flight_mark_all(struct bp_tcp_flow *flow, bool lost)
{
    struct bp_tcp_flight *flight = flow->flight;
    u32 bytes_lost = flow->bytes_lost;

    bp_list_for_each (node, &flight->sent) {
        struct bp_tcp_sent *sent = bp_list_entry(node, struct bp_tcp_sent, by_seq);

        if (sent->flags & BP_TCP_SENT_SACKED)
            continue;
        bp_tcp_flight_mark_lost(flow, sent);
        if (lost)
            continue;
        uncount(flight, sent, length(sent));
        sent->flags = 0;
        bp_list_add_tail(&flight->by_time, &sent->by_time);
    }
    if (!lost)
        flow->bytes_lost = bytes_lost;
}

/* The peer went back on its SACKs (RFC 2018, 8): they no longer count. */
void bp_tcp_flight_forget_sacks(struct bp_tcp_flow *flow)
{
    bp_list_for_each (node, &flow->flight->sent)
        bp_list_entry(node, struct bp_tcp_sent, by_seq)->flags &= (u8)~BP_TCP_SENT_SACKED;
    flow->flight->sacked = 0;
    flow->flight->sacked_last = NULL;
    memset(flow->flight->seen, 0, sizeof(flow->flight->seen));
}

void bp_tcp_flight_free(struct bp_tcp_flow *flow)
{
    if (!flow->flight)
        return;
    bp_list_for_each_safe (node, &flow->flight->sent)
        remove_record(flow, bp_list_entry(node, struct bp_tcp_sent, by_seq));
    flight_put(flow);
}
