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

/* Where to begin looking for a block: new ones mostly continue what was SACKed last. */
static struct bp_list *begin_at(struct bp_tcp_flight *flight, u32 start)
{
    const struct bp_tcp_sent *hint = flight->sacked_last;

    if (hint && bp_seq_after(hint->seq, start))
        hint = NULL;
    return bp_tcp_flight_from(flight, hint);
}

/* False: out of memory for a record to cut; the rest counts as not arrived for now. */
static bool mark(struct bp_tcp_flow *flow, struct bp_tcp_range block, struct bp_tcp_news *news)
{
    struct bp_list *node = begin_at(flow->flight, block.start);

    for (; node != &flow->flight->sent; node = node->next) {
        struct bp_tcp_sent *sent = bp_list_entry(node, struct bp_tcp_sent, by_seq);

        if (!bp_seq_before(sent->seq, block.end))
            break;
        if ((sent->flags & BP_TCP_SENT_SACKED) || !bp_seq_after(sent->end, block.start))
            continue;
        if (bp_seq_before(sent->seq, block.start)) {
            if (!cut(flow, sent, block.start))
                return false;
            continue; /* with the second half */
        }
        if (!cut(flow, sent, block.end))
            return false;
        bp_tcp_flight_mark_sacked(flow, sent, news);
        news->sacked = true;
    }
    return true;
}

/* What the last acknowledgement has said already need not be looked for: a block that has grown is
 * new at its end only. */
static struct bp_tcp_range new_part(const struct bp_tcp_flight *flight, struct bp_tcp_range block)
{
    for (u32 i = 0; i < BP_TCP_SACK_BLOCKS; i++)
        if (flight->seen[i].start == block.start && flight->seen[i].end != block.start &&
            !bp_seq_after(flight->seen[i].end, block.end))
            return (struct bp_tcp_range){flight->seen[i].end, block.end};
    return block;
}

static void remember(struct bp_tcp_flight *flight, const struct bp_tcp_segment *segment,
                     bool complete)
{
    memset(flight->seen, 0, sizeof(flight->seen));
    for (u32 i = 0; complete && i < segment->sacks; i++)
        flight->seen[i] = segment->sack[i];
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
    bool complete = true;
    u32 i = 0;

    if (!segment->sacks)
        return;
    if (is_dsack(segment)) {
        note_dsack(flow, &segment->sack[0], news);
        i++;
    }
    for (; i < segment->sacks && flow->flight; i++) {
        if (plausible(flow, &segment->sack[i]))
            complete &= mark(flow, new_part(flow->flight, segment->sack[i]), news);
        else
            flow->tcp->stats.TCPSACKDiscard++;
    }
    if (flow->flight)
        remember(flow->flight, segment, complete);
}
