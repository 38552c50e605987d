/* SipHash-2-4 (Aumasson, Bernstein 2012): a keyed hash that an attacker without the key cannot
 * steer or predict. */
#ifndef BP_NET_SIPHASH_H
#define BP_NET_SIPHASH_H

#include "base/base.h"

struct bp_siphash_key {
    u64 k[2];
};

u64 bp_siphash(const struct bp_siphash_key *key, const void *data, size_t len);

#endif
