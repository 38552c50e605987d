#include "net/tcp_segment.h"

enum option_kind {
    KIND_END = 0,
    KIND_NOP = 1,
    KIND_MSS = 2,
    KIND_WSCALE = 3,
    KIND_SACK_OK = 4,
    KIND_SACK = 5,
    KIND_TIMESTAMPS = 8,
};

/* Lengths of whole options, those that pad with NOPs to four bytes included. */
enum {
    MSS_BYTES = 4,
    WSCALE_BYTES = 3,
    SACK_OK_BYTES = 2,
    TIMESTAMPS_BYTES = 10,
    TIMESTAMPS_PADDED = 12,
    SACK_PADDED = 4,
    SACK_BLOCK_BYTES = 8,
};

BP_INLINE u16 get16(const u8 *p)
{
    return (u16)(p[0] << 8 | p[1]);
}

BP_INLINE u32 get32(const u8 *p)
{
    return (u32)get16(p) << 16 | get16(p + 2);
}

BP_INLINE u8 *put16(u8 *p, u32 v)
{
    p[0] = (u8)(v >> 8);
    p[1] = (u8)v;
    return p + 2;
}

BP_INLINE u8 *put32(u8 *p, u32 v)
{
    return put16(put16(p, v >> 16), v);
}

static void parse_sack(struct bp_tcp_segment *segment, const u8 *p, u32 bytes)
{
    if (bytes % SACK_BLOCK_BYTES)
        return;
    for (segment->sacks = 0; bytes && segment->sacks < BP_TCP_SACK_BLOCKS;
         bytes -= SACK_BLOCK_BYTES, p += SACK_BLOCK_BYTES)
        segment->sack[segment->sacks++] = (struct bp_tcp_range){get32(p), get32(p + 4)};
}

/* len is that of the whole option, kind and length bytes included. Options that belong to SYNs only
 * are not looked at elsewhere. */
static void parse_option(struct bp_tcp_segment *segment, const u8 *p, u32 len)
{
    bool syn = segment->flags & BP_TCP_SYN;

    switch (p[0]) {
    case KIND_MSS:
        if (syn && len == MSS_BYTES) {
            segment->mss = get16(p + 2);
            segment->options |= BP_TCP_HAS_MSS;
        }
        break;
    case KIND_WSCALE:
        if (syn && len == WSCALE_BYTES) {
            segment->wscale = BP_MIN(p[2], (u8)BP_TCP_WSCALE_MAX);
            segment->options |= BP_TCP_HAS_WSCALE;
        }
        break;
    case KIND_SACK_OK:
        if (syn && len == SACK_OK_BYTES)
            segment->options |= BP_TCP_HAS_SACK_OK;
        break;
    case KIND_SACK:
        if (!syn)
            parse_sack(segment, p + 2, len - 2);
        break;
    case KIND_TIMESTAMPS:
        if (len == TIMESTAMPS_BYTES) {
            segment->ts_value = get32(p + 2);
            segment->ts_echo = get32(p + 6);
            segment->options |= BP_TCP_HAS_TIMESTAMPS;
        }
        break;
    }
}

static void parse_options(struct bp_tcp_segment *segment, const u8 *p, const u8 *end)
{
    while (p < end && *p != KIND_END) {
        if (*p == KIND_NOP) {
            p++;
            continue;
        }
        if (end - p < 2 || p[1] < 2 || p[1] > end - p)
            return;
        parse_option(segment, p, p[1]);
        p += p[1];
    }
}

bool bp_tcp_segment_parse(struct bp_tcp_segment *segment, const u8 *data, u32 contiguous, u32 len)
{
    if (contiguous < BP_TCP_HEADER)
        return false;
    u32 header = (u32)(data[12] >> 4) * 4;
    if (header < BP_TCP_HEADER || header > contiguous || header > len)
        return false;
    *segment = (struct bp_tcp_segment){
        .source = get16(data),
        .destination = get16(data + 2),
        .seq = get32(data + 4),
        .ack = get32(data + 8),
        .flags = data[13],
        .window = get16(data + 14),
        .header_len = (u8)header,
        .len = len - header,
        .unit = (u16)BP_MIN(len - header, 65535u),
        .segs = 1,
    };
    if (unlikely(segment->flags & BP_TCP_URG))
        segment->urgent = get16(data + 18);
    segment->end = segment->seq + segment->len + !!(segment->flags & BP_TCP_SYN) +
                   !!(segment->flags & BP_TCP_FIN);
    parse_options(segment, data + BP_TCP_HEADER, data + header);
    return true;
}

u32 bp_tcp_segment_header_len(struct bp_tcp_segment *segment)
{
    u32 len = BP_TCP_HEADER;

    if (segment->options & BP_TCP_HAS_MSS)
        len += MSS_BYTES;
    if (segment->options & BP_TCP_HAS_WSCALE)
        len += WSCALE_BYTES + 1;
    if (segment->options & BP_TCP_HAS_TIMESTAMPS)
        len += TIMESTAMPS_PADDED;
    if (segment->options & BP_TCP_HAS_SACK_OK)
        len += SACK_OK_BYTES + 2;
    if (segment->sacks) {
        u32 fit = (BP_TCP_HEADER_MAX - len - SACK_PADDED) / SACK_BLOCK_BYTES;

        segment->sacks = (u8)BP_MIN((u32)segment->sacks, fit);
        if (segment->sacks)
            len += SACK_PADDED + segment->sacks * SACK_BLOCK_BYTES;
    }
    segment->header_len = (u8)len;
    return len;
}

static void build_options(const struct bp_tcp_segment *segment, u8 *p)
{
    if (segment->options & BP_TCP_HAS_MSS)
        p = put32(p, (u32)KIND_MSS << 24 | MSS_BYTES << 16 | segment->mss);
    if (segment->options & BP_TCP_HAS_SACK_OK)
        p = put32(p, KIND_NOP << 24 | KIND_NOP << 16 | KIND_SACK_OK << 8 | SACK_OK_BYTES);
    if (segment->options & BP_TCP_HAS_TIMESTAMPS) {
        p = put32(p, KIND_NOP << 24 | KIND_NOP << 16 | KIND_TIMESTAMPS << 8 | TIMESTAMPS_BYTES);
        p = put32(put32(p, segment->ts_value), segment->ts_echo);
    }
    if (segment->options & BP_TCP_HAS_WSCALE)
        p = put32(p, KIND_NOP << 24 | KIND_WSCALE << 16 | WSCALE_BYTES << 8 | segment->wscale);
    if (!segment->sacks)
        return;
    p = put32(p, KIND_NOP << 24 | KIND_NOP << 16 | KIND_SACK << 8 |
                     (2 + segment->sacks * SACK_BLOCK_BYTES));
    for (u32 i = 0; i < segment->sacks; i++)
        p = put32(put32(p, segment->sack[i].start), segment->sack[i].end);
}

void bp_tcp_segment_build(const struct bp_tcp_segment *segment, u8 *data)
{
    u8 *p = put16(put16(data, segment->source), segment->destination);

    p = put32(put32(p, segment->seq), segment->ack);
    *p++ = (u8)(segment->header_len / 4 << 4);
    *p++ = segment->flags;
    p = put16(p, segment->window);
    put32(p, segment->urgent);
    build_options(segment, data + BP_TCP_HEADER);
}
