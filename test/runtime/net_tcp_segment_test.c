// sources: runtime-c/net/tcp_segment.c runtime-c/net/siphash.c runtime-c/base/log.c
// flags: -fsanitize=address,undefined -fno-sanitize-recover=all
/* TCP headers: what is built parses back the same, damage is survived; and the keyed hash against
 * its published vectors. */
#include "check.h"
#include "net/siphash.h"
#include "net/tcp_segment.h"
#include "net/tcp_seq.h"

#include <stdlib.h>
#include <string.h>

static bool same(const struct bp_tcp_segment *a, const struct bp_tcp_segment *b)
{
    return a->source == b->source && a->destination == b->destination && a->seq == b->seq &&
           a->ack == b->ack && a->window == b->window && a->flags == b->flags &&
           a->options == b->options && a->sacks == b->sacks &&
           (!(a->options & BP_TCP_HAS_MSS) || a->mss == b->mss) &&
           (!(a->options & BP_TCP_HAS_WSCALE) || a->wscale == b->wscale) &&
           (!(a->options & BP_TCP_HAS_TIMESTAMPS) ||
            (a->ts_value == b->ts_value && a->ts_echo == b->ts_echo)) &&
           !memcmp(a->sack, b->sack, a->sacks * sizeof(a->sack[0]));
}

static struct bp_tcp_segment random_segment(void)
{
    struct bp_tcp_segment segment = {
        .source = (u16)rand(),
        .destination = (u16)rand(),
        .seq = (u32)rand() * 3,
        .ack = (u32)rand() * 5,
        .window = (u16)rand(),
        .flags = (u8)rand(),
        .options = BP_TCP_HAS_TIMESTAMPS * (rand() & 1),
        .ts_value = (u32)rand(),
        .ts_echo = (u32)rand(),
    };

    if (segment.flags & BP_TCP_SYN) {
        segment.options |= (u8)(rand() & 7);
        segment.mss = (u16)rand();
        segment.wscale = (u8)(rand() % 15);
    } else {
        segment.sacks = (u8)(rand() % 5);
        for (int i = 0; i < segment.sacks; i++)
            segment.sack[i] = (struct bp_tcp_range){(u32)rand(), (u32)rand()};
    }
    return segment;
}

static void round_trips(void)
{
    bool right = true, aligned = true;

    for (int i = 0; i < 20000; i++) {
        struct bp_tcp_segment in = random_segment(), out;
        u8 data[BP_TCP_HEADER_MAX];
        u32 len = bp_tcp_segment_header_len(&in);

        aligned &= len % 4 == 0 && len <= BP_TCP_HEADER_MAX;
        bp_tcp_segment_build(&in, data);
        right &=
            bp_tcp_segment_parse(&out, data, len, len + 100) && same(&in, &out) && out.len == 100;
    }
    check(right, "what is built parses back the same");
    check(aligned, "headers are whole words, 60 bytes at most");
}

static void survives_damage(void)
{
    for (int i = 0; i < 100000; i++) {
        u32 len = (u32)rand() % 80, contiguous = len ? (u32)rand() % (len + 1) : 0;
        u8 *data = malloc(contiguous ? contiguous : 1);
        struct bp_tcp_segment out;

        for (u32 k = 0; k < contiguous; k++)
            data[k] = (u8)rand();
        if (contiguous > 12 && rand() % 2)
            data[12] = 0xf0;
        bp_tcp_segment_parse(&out, data, contiguous, len);
        free(data);
    }
    check(true, "any bytes may come");
}

static void options_of_syns(void)
{
    /* MSS 1460, then a window scale of 20, above what RFC 7323 allows. */
    u8 data[28] = {[12] = 0x70, [13] = BP_TCP_SYN, [20] = 2, 4, 0x05, 0xb4, 3, 3, 20, 0};
    struct bp_tcp_segment out;

    check(bp_tcp_segment_parse(&out, data, 28, 28) && out.mss == 1460, "MSS");
    check(out.wscale == 14, "a window scale above 14 counts as 14: RFC 7323, 2.3");
    data[13] = BP_TCP_ACK;
    bp_tcp_segment_parse(&out, data, 28, 28);
    check(!(out.options & (BP_TCP_HAS_MSS | BP_TCP_HAS_WSCALE)), "outside SYNs they are nothing");
    data[21] = 1;
    check(bp_tcp_segment_parse(&out, data, 28, 28), "an option of impossible length ends them");
    data[12] = 0x40;
    check(!bp_tcp_segment_parse(&out, data, 28, 28), "a header below 20 bytes is refused");
    data[12] = 0x80;
    check(!bp_tcp_segment_parse(&out, data, 28, 28), "one longer than the segment too");
}

static void sequence_numbers(void)
{
    check(bp_seq_before(0xfffffff0, 16) && bp_seq_after(16, 0xfffffff0), "numbers wrap");
    check(bp_seq_within(5, 0xfffffffe, 6) && !bp_seq_within(6, 0xfffffffe, 6), "so do ranges");
    check(!bp_seq_within(3, 3, 3), "an empty range holds nothing");
}

static void siphash_vectors(void)
{
    struct bp_siphash_key key;
    u8 bytes[16], message[15];

    for (u8 i = 0; i < 16; i++)
        bytes[i] = i;
    memcpy(&key, bytes, 16);
    for (u8 i = 0; i < 15; i++)
        message[i] = i;
    check(bp_siphash(&key, message, 15) == 0xa129ca6149be45e5ULL, "SipHash-2-4 of 15 bytes");
    check(bp_siphash(&key, message, 0) == 0x726fdb47dd0e0e31ULL, "and of none");
}

int main(void)
{
    srand(1);
    round_trips();
    survives_damage();
    options_of_syns();
    sequence_numbers();
    siphash_vectors();
    return failures != 0;
}
