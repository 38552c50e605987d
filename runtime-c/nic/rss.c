/* The hash by which hardware spreads flows. */
#include "nic/internal.h"

/* The hash is linear: each set bit of the input adds the 32 bits of the key that begin there. */
u32 bp_nic_rss_hash(const u8 *key, const u8 *input, u32 bytes)
{
    u32 hash = 0, window = (u32)key[0] << 24 | (u32)key[1] << 16 | (u32)key[2] << 8 | key[3];

    BP_BUG_ON(bytes + 4 > 40);
    for (u32 i = 0; i < bytes; i++) {
        for (int bit = 7; bit >= 0; bit--) {
            hash ^= input[i] >> bit & 1 ? window : 0;
            window = window << 1 | (key[i + 4] >> bit & 1);
        }
    }
    return hash;
}
