/*
 * Text that was patched once and is mapped by every program, and every exec, that maps the same
 * file: no page of it is copied, looked at or written again, and a fork copies none of its page
 * tables.
 *
 * It lies in a sealed memfd, so nobody can write there, neither a program nor another process; what
 * a program changes in its mapping is its own copy. The memfd has the offsets of the file (the
 * first page, with the build-id, and the text; the rest is a hole), and the thunks behind it, which
 * are mapped as far from the text wherever that lies (memory/slot.h).
 *
 * The first host process makes them, the forked ones inherit them. Any worker; a lock inside.
 */
#ifndef BP_ENTRY_SHARED_TEXT_H
#define BP_ENTRY_SHARED_TEXT_H

#include "entry/site_cache.h"
#include "memory/slot.h"

enum {
    BP_SHARED_TEXTS_MAX = 16,
    BP_SHARED_TEXT_NAME = 200, /* bytes; of a longer path the end is cut off */
};

/*
 * Puts shared text in the place of the private mapping [addr, addr + key->len) of its file, mapped
 * with prot. False when there is none, or it does not fit there: the mapping is as it was.
 */
bool bp_shared_text_map(struct bp_slot *slot, const struct bp_text_key *key, u64 addr, int prot);

/*
 * Makes shared text of the mapping at addr, not patched yet, of host_fd. False when it is not worth
 * it (few system calls), when there are BP_SHARED_TEXTS_MAX already, in a forked process, or when
 * the host does not let it.
 */
bool bp_shared_text_make(const struct bp_text_key *key, u64 addr, const struct bp_sites *sites,
                         int host_fd);

/* In a forked process: there is no more to be made. */
void bp_shared_texts_forked(void);

/* The host descriptors to keep over a fork. Returns how many. */
u32 bp_shared_text_descriptors(int fds[BP_SHARED_TEXTS_MAX]);

/* The file that the shared text of this inode was made of, as /proc/PID/maps names files; false
 * when there is no such text. */
struct bp_shared_text_file {
    u64 dev, ino;
    const char *name;
};
bool bp_shared_text_file(u64 ino, struct bp_shared_text_file *file);

#endif
