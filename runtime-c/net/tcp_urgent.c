/*
 * Urgent data (RFC 9293, 3.8.5; RFC 6093), as Linux understands the pointer and as senders have
 * always meant it: it points behind the urgent byte, of which there is one, the last.
 */
#include "net/tcp_flow.h"

/* ---- in ---------------------------------------------------------------------------------- */

void bp_tcp_urgent_input(struct bp_tcp_flow *flow, const struct bp_tcp_segment *segment)
{
    u32 at = segment->seq + segment->urgent - !!segment->urgent;

    if (flow->fin_received || flow->released || bp_seq_before(at, flow->rcv_nxt) ||
        (flow->urgent_in && !bp_seq_before(flow->rcv_urgent, flow->rcv_nxt) &&
         !bp_seq_after(at, flow->rcv_urgent)))
        return;
    flow->rcv_urgent = at;
    flow->urgent_in = flow->urgent_news = true;
}

void bp_tcp_urgent_tell(struct bp_tcp_flow *flow)
{
    flow->urgent_news = false;
    if (!flow->dead && !flow->released && flow->ops->urgent)
        flow->ops->urgent(flow->user);
}

/* ---- out --------------------------------------------------------------------------------- */

void bp_tcp_urgent(struct bp_tcp_flow *flow, u32 bytes)
{
    if (flow->dead || flow->fin_queued)
        return;
    flow->snd_urgent = flow->snd_end + bytes;
    flow->urgent_out = true;
}

void bp_tcp_urgent_mark(struct bp_tcp_flow *flow, struct bp_tcp_segment *segment)
{
    u32 ahead = flow->snd_urgent - segment->seq;

    if (!bp_seq_before(segment->seq, flow->snd_urgent))
        return;
    /* Farther than the pointer can say: as far as it can, if that is more than was sent. */
    if (ahead > UINT16_MAX && !bp_seq_after(segment->seq + UINT16_MAX, flow->snd_nxt))
        return;
    segment->urgent = (u16)BP_MIN(ahead, (u32)UINT16_MAX);
    segment->flags |= BP_TCP_URG;
}
