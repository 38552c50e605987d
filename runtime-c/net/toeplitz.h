/*
 * The hash by which NICs spread flows (Microsoft, "RSS hashing types"), for those that do it not,
 * and for choosing ports: source address, destination address, source port and destination port as
 * they lie in the packet.
 */
#ifndef BP_NET_TOEPLITZ_H
#define BP_NET_TOEPLITZ_H

#include "base/base.h"

enum {
    BP_TOEPLITZ_INPUT_MAX = 36, /* bytes: IPv6 with ports */
    BP_TOEPLITZ_KEY = 40,       /* bytes of the key that count */
};

/* What each value of each half byte of the input adds to the hash. */
struct bp_toeplitz {
    u32 parts[2 * BP_TOEPLITZ_INPUT_MAX][16];
};

void bp_toeplitz_init(struct bp_toeplitz *toeplitz, const u8 key[BP_TOEPLITZ_KEY]);

/* bytes: at most BP_TOEPLITZ_INPUT_MAX. */
u32 bp_toeplitz_hash(const struct bp_toeplitz *toeplitz, const u8 *input, u32 bytes);

#endif
