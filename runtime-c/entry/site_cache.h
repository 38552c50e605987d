/*
 * What bp_sites_find found, in the arena, for whoever maps the same text again: another program
 * with the same C library, or the next exec. Looking is most of what mapping text costs.
 *
 * Any worker, any process; locks inside.
 */
#ifndef BP_ENTRY_SITE_CACHE_H
#define BP_ENTRY_SITE_CACHE_H

#include "entry/sites.h"

/* Names text by its file, so that a file that was written to since is another one. */
struct bp_text_key {
    u64 dev, ino, size, mtime, ctime; /* times in ns */
    u64 offset, len;                  /* of the mapping */
};

/* Returns 0 or -ENOMEM. Without it nothing is ever found or kept. */
int bp_site_cache_init(void);

/* Copies what is known to sites->items, which has room for BP_SITES_MAX. False when nothing is. */
bool bp_site_cache_get(const struct bp_text_key *key, struct bp_sites *sites);

/* Keeps a copy, in place of what was not used for longest when the cache is full. */
void bp_site_cache_put(const struct bp_text_key *key, const struct bp_sites *sites);

#endif
