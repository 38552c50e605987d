#include "net/siphash.h"

BP_INLINE u64 rotate(u64 x, int bits)
{
    return x << bits | x >> (64 - bits);
}

BP_INLINE void sip_rounds(u64 v[4], int rounds)
{
    while (rounds--) {
        v[0] += v[1];
        v[1] = rotate(v[1], 13) ^ v[0];
        v[0] = rotate(v[0], 32);
        v[2] += v[3];
        v[3] = rotate(v[3], 16) ^ v[2];
        v[0] += v[3];
        v[3] = rotate(v[3], 21) ^ v[0];
        v[2] += v[1];
        v[1] = rotate(v[1], 17) ^ v[2];
        v[2] = rotate(v[2], 32);
    }
}

BP_INLINE void absorb(u64 v[4], u64 word)
{
    v[3] ^= word;
    sip_rounds(v, 2);
    v[0] ^= word;
}

u64 bp_siphash(const struct bp_siphash_key *key, const void *data, size_t len)
{
    u64 v[4] = {
        key->k[0] ^ 0x736f6d6570736575ULL,
        key->k[1] ^ 0x646f72616e646f6dULL,
        key->k[0] ^ 0x6c7967656e657261ULL,
        key->k[1] ^ 0x7465646279746573ULL,
    };
    const u8 *p = data;
    u64 last = (u64)len << 56, word;
    size_t rest = len;

    for (; rest >= 8; rest -= 8, p += 8) {
        memcpy(&word, p, 8);
        absorb(v, word);
    }
    for (size_t i = 0; i < rest; i++)
        last |= (u64)p[i] << 8 * i;
    absorb(v, last);
    v[2] ^= 0xff;
    sip_rounds(v, 4);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}
