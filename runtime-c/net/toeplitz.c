#include "net/toeplitz.h"

/* The 32 bits of the key that begin at a bit. */
static u32 window(const u8 *key, u32 bit)
{
    u64 bits = 0;

    for (u32 i = 0; i < 5; i++)
        bits = bits << 8 | key[bit / 8 + i];
    return (u32)(bits >> (8 - bit % 8));
}

/* The hash is linear: each set bit of the input adds the window of the key that begins there. */
void bp_toeplitz_init(struct bp_toeplitz *toeplitz, const u8 key[BP_TOEPLITZ_KEY])
{
    for (u32 half = 0; half < ARRAY_SIZE(toeplitz->parts); half++)
        for (u32 value = 0; value < 16; value++) {
            u32 sum = 0;

            for (u32 bit = 0; bit < 4; bit++)
                sum ^= value >> (3 - bit) & 1 ? window(key, 4 * half + bit) : 0;
            toeplitz->parts[half][value] = sum;
        }
}

u32 bp_toeplitz_hash(const struct bp_toeplitz *toeplitz, const u8 *input, u32 bytes)
{
    u32 hash = 0;

    BP_BUG_ON(bytes > BP_TOEPLITZ_INPUT_MAX);
    for (u32 i = 0; i < bytes; i++)
        hash ^= toeplitz->parts[2 * i][input[i] >> 4] ^ toeplitz->parts[2 * i + 1][input[i] & 15];
    return hash;
}
