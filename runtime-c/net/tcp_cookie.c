/*
 * SYN cookies (RFC 4987, 3.6): a connection that is not remembered. Our initial number holds what
 * the acknowledgement will bring back:
 *
 *     31..27 minute, modulo 32 | 26..24 index of the peer's MSS | 23..0 keyed hash
 *
 * Options do not fit; the peer's time stamp echo brings them back in its low six bits: window scale
 * (15: none), SACK, ECN. Without time stamps there are none.
 */
#include "net/tcp_flow.h"

enum {
    MINUTE_MS = 60000,
    AGE_MAX = 2, /* minutes that a cookie is good for */
    NO_SCALE = 15,
    OPTION_SACK = 1 << 4,
    OPTION_ECN = 1 << 5,
    OPTION_BITS = 6,
    PURPOSE_COOKIE = 4, /* the other uses of the secret: tcp_connect.c */
};

static const u16 mss_table[8] = {216, 536, 1024, 1220, 1380, 1440, 1460, 8960};

static u32 keyed(const struct bp_tcp *tcp, const struct bp_tcp_key *key, u32 irs, u32 minute,
                 u32 mss_index)
{
    struct {
        struct bp_tcp_key key;
        u32 purpose, irs, minute, mss_index;
    } input = {
        .key = *key, .purpose = 0xc00c1e, .irs = irs, .minute = minute, .mss_index = mss_index};

    BP_STATIC_ASSERT(sizeof(input) == sizeof(*key) + 16, "padding would be hashed");
    return (u32)bp_siphash(&tcp->config.secret, &input, sizeof(input)) & 0xffffff;
}

static u32 minute_of(const struct bp_tcp *tcp)
{
    return (u32)(tcp->now / BP_TCP_MS / MINUTE_MS);
}

/* The largest that is not more than the peer's. */
static u32 index_of(u16 mss)
{
    u32 i = ARRAY_SIZE(mss_table) - 1;

    while (i && mss_table[i] > mss)
        i--;
    return i;
}

/* A time stamp of the past whose low bits are ours. */
static u32 encode_options(const struct bp_tcp *tcp, const struct bp_tcp_handshake *handshake)
{
    u32 now_ms = bp_tcp_now_ms(tcp), mask = (1 << OPTION_BITS) - 1;
    u32 bits = handshake->wscale ? handshake->send_wscale : NO_SCALE;

    bits |= handshake->sack ? OPTION_SACK : 0;
    bits |= handshake->ecn ? OPTION_ECN : 0;
    return ((now_ms - mask) & ~mask) | bits;
}

u32 bp_tcp_cookie_make(const struct bp_tcp *tcp, const struct bp_tcp_key *key,
                       struct bp_tcp_handshake *handshake, u32 *ts_value)
{
    u32 minute = minute_of(tcp), index = index_of(handshake->peer_mss);

    handshake->peer_mss = mss_table[index];
    if (!handshake->timestamps)
        handshake->wscale = handshake->sack = handshake->ecn = false;
    *ts_value = encode_options(tcp, handshake) + handshake->ts_offset;
    return minute << 27 | index << 24 | keyed(tcp, key, handshake->irs, minute, index);
}

static void decode_options(struct bp_tcp_handshake *handshake, const struct bp_tcp_segment *segment)
{
    u32 bits = segment->ts_echo - handshake->ts_offset;

    handshake->timestamps = segment->options & BP_TCP_HAS_TIMESTAMPS;
    handshake->ts_recent = segment->ts_value;
    handshake->wscale = handshake->timestamps && (bits & NO_SCALE) != NO_SCALE;
    handshake->sack = handshake->timestamps && (bits & OPTION_SACK);
    handshake->ecn = handshake->timestamps && (bits & OPTION_ECN);
    handshake->send_wscale = handshake->wscale ? bits & NO_SCALE : 0;
}

bool bp_tcp_cookie_check(const struct bp_tcp *tcp, const struct bp_tcp_key *key,
                         const struct bp_tcp_segment *segment, struct bp_tcp_handshake *handshake)
{
    u32 iss = segment->ack - 1, irs = segment->seq - 1, now = minute_of(tcp);
    u32 age = ((now & 31) - (iss >> 27)) & 31, index = iss >> 24 & 7;

    if (age > AGE_MAX || (iss & 0xffffff) != keyed(tcp, key, irs, now - age, index))
        return false;
    handshake->iss = iss;
    handshake->irs = irs;
    handshake->peer_mss = mss_table[index];
    decode_options(handshake, segment);
    return true;
}
