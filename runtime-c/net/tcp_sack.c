/* SACK blocks into the scoreboard: RFC 2018, and RFC 2883 for those that report duplicates. */
#include "net/tcp_flow.h"

/* RFC 2883, 4: a first block below the acknowledgement, or inside the second block. */
static bool is_dsack(const struct bp_tcp_segment *segment)
{
    const struct bp_tcp_range *first = &segment->sack[0], *second = &segment->sack[1];

    if (bp_seq_before(first->start, segment->ack))
        return !bp_seq_after(first->end, segment->ack);
    return segment->sacks > 1 && !bp_seq_before(first->start, second->start) &&
           !bp_seq_after(first->end, second->end);
}

/* Only what is in flight can have been selected. */
static bool plausible(const struct bp_tcp_flow *flow, const struct bp_tcp_range *block)
{
    return bp_seq_before(block->start, block->end) && bp_seq_after(block->end, flow->snd_una) &&
           !bp_seq_before(block->start, flow->snd_una) && !bp_seq_after(block->end, flow->snd_nxt);
}

/* Makes `at` a boundary of records when it lies inside this one. */
static bool cut(struct bp_tcp_flow *flow, struct bp_tcp_sent *sent, u32 at)
{
    if (!bp_seq_within(at, sent->seq + 1, sent->end))
        return true;
    return bp_tcp_flight_split(flow, sent, at) != NULL;
}

/* A record that could not be cut for want of memory counts as not arrived. */
static void mark(struct bp_tcp_flow *flow, const struct bp_tcp_range *block,
                 struct bp_tcp_news *news)
{
    bp_list_for_each (node, &flow->flight->sent) {
        struct bp_tcp_sent *sent = bp_list_entry(node, struct bp_tcp_sent, by_seq);

        if (!bp_seq_before(sent->seq, block->end))
            return;
        if ((sent->flags & BP_TCP_SENT_SACKED) || !bp_seq_after(sent->end, block->start))
            continue;
        if (bp_seq_before(sent->seq, block->start)) {
            cut(flow, sent, block->start); /* the second half comes next */
            continue;
        }
        if (!cut(flow, sent, block->end))
            return;
        bp_tcp_flight_mark_sacked(flow, sent, news);
        news->sacked = true;
    }
}

static void note_dsack(struct bp_tcp_flow *flow, const struct bp_tcp_range *block,
                       struct bp_tcp_news *news)
{
    struct bp_tcp_flight *flight = flow->flight;
    u32 bytes = block->end - block->start;

    if (!bp_seq_before(block->start, block->end))
        return;
    news->dsack = true;
    flow->dsacks++;
    flow->tcp->stats.TCPDSACKRecv++;
    if (!flight)
        return;
    if (flight->can_undo && !bp_seq_before(block->start, flight->undo_una))
        flight->undo_bytes -= BP_MIN(flight->undo_bytes, bytes);
    bp_tcp_rack_dsack(flow);
}

void bp_tcp_sack_input(struct bp_tcp_flow *flow, const struct bp_tcp_segment *segment,
                       struct bp_tcp_news *news)
{
    u32 i = 0;

    if (!segment->sacks)
        return;
    if (is_dsack(segment)) {
        note_dsack(flow, &segment->sack[0], news);
        i++;
    }
    for (; i < segment->sacks && flow->flight; i++) {
        if (plausible(flow, &segment->sack[i]))
            mark(flow, &segment->sack[i], news);
        else
            flow->tcp->stats.TCPSACKDiscard++;
    }
}
