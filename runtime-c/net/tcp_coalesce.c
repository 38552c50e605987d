/*
 * Segments of one flow that came in one burst, in order and alike, become one: acknowledgement,
 * scoreboard, congestion control and timers are then gone through once. What may be joined is what
 * Linux's GRO joins, so that no sender can tell: the same acknowledgement, window, options and IP
 * header, full segments but for the last, and nothing but PSH or FIN at the end. Joined
 * segments count as many (segs), so acknowledgements leave as for single ones.
 */
#include "net/tcp_flow.h"

enum {
    BYTES_MAX = 65535 - BP_TCP_HEADER_MAX, /* Linux's limit, that of an IP packet */
    /* What asks and answers in small pieces has nothing to join, and waits for nothing. */
    BYTES_LEAST = 512,
    LAST_FLAGS = BP_TCP_FIN | BP_TCP_PSH,
};

static struct bp_tcp_collected *slot_of(struct bp_tcp *tcp, const struct bp_tcp_key *key)
{
    u32 ports = (u32)key->remote_port << 16 | key->local_port;

    return &tcp->collected[(ports ^ key->remote.words[3]) * 2654435769u >> 29];
}

BP_STATIC_ASSERT(BP_TCP_COLLECTED == 8, "three bits choose a slot");

static bool may_begin(const struct bp_tcp_segment *segment)
{
    return segment->len >= BYTES_LEAST && segment->flags == BP_TCP_ACK && !segment->sacks;
}

static bool continues(const struct bp_tcp_segment *held, const struct bp_tcp_segment *segment)
{
    return segment->len && segment->len <= held->unit && segment->seq == held->end &&
           held->len + segment->len <= BYTES_MAX && (segment->flags & ~LAST_FLAGS) == BP_TCP_ACK &&
           segment->ack == held->ack && segment->window == held->window &&
           segment->header_len == held->header_len && segment->options == held->options &&
           segment->ts_value == held->ts_value && segment->ts_echo == held->ts_echo &&
           !segment->sacks && segment->tos == held->tos;
}

static void pass(struct bp_tcp *tcp, struct bp_tcp_collected *slot)
{
    struct bp_packet *packet = slot->packet;
    struct bp_tcp_segment segment = slot->segment;

    slot->packet = NULL;
    tcp->collecting--;
    bp_tcp_dispatch(tcp, &slot->key, &segment, packet);
}

static void append(struct bp_tcp_collected *slot, const struct bp_tcp_segment *segment,
                   struct bp_packet *packet)
{
    struct bp_tcp_segment *held = &slot->segment;

    slot->last->next = packet;
    slot->packet->total += packet->total;
    while (packet->next)
        packet = packet->next;
    slot->last = packet;
    held->len += segment->len;
    held->end = segment->end;
    held->flags |= segment->flags;
    held->segs++;
}

static void begin(struct bp_tcp *tcp, struct bp_tcp_collected *slot, const struct bp_tcp_key *key,
                  const struct bp_tcp_segment *segment, struct bp_packet *packet)
{
    slot->key = *key;
    slot->segment = *segment;
    slot->packet = packet;
    while (packet->next)
        packet = packet->next;
    slot->last = packet;
    tcp->collecting++;
}

bool bp_tcp_collect(struct bp_tcp *tcp, const struct bp_tcp_key *key,
                    const struct bp_tcp_segment *segment, struct bp_packet *packet)
{
    struct bp_tcp_collected *slot = slot_of(tcp, key);
    bool same = slot->packet && !memcmp(&slot->key, key, sizeof(*key));

    if (same && continues(&slot->segment, segment)) {
        append(slot, segment, packet);
        tcp->stats.TCPRcvCoalesce++;
        if (segment->len < slot->segment.unit || segment->flags & LAST_FLAGS)
            pass(tcp, slot);
        return true;
    }
    if (!may_begin(segment)) {
        if (same)
            pass(tcp, slot);
        return false;
    }
    if (slot->packet)
        pass(tcp, slot);
    begin(tcp, slot, key, segment, packet);
    return true;
}

void bp_tcp_settle(struct bp_tcp *tcp)
{
    bool busy = tcp->busy;

    if (likely(!tcp->collecting))
        return;
    tcp->busy = true;
    for (u32 i = 0; i < BP_TCP_COLLECTED; i++) {
        if (tcp->collected[i].packet)
            pass(tcp, &tcp->collected[i]);
    }
    tcp->busy = busy;
}
