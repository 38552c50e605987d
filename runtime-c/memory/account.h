/*
 * What a program has mapped, counted as Linux counts it, against the program's own limits:
 * RLIMIT_AS on all of it, RLIMIT_DATA on private writable memory (getrlimit(2)). The host's limits
 * stay those of the whole process.
 */
#ifndef BP_MEMORY_ACCOUNT_H
#define BP_MEMORY_ACCOUNT_H

#include "memory/ranges.h"

/* How a page counts. */
enum bp_memory_class {
    BP_MEMORY_PLAIN,  /* private, not writable: becomes data when made writable */
    BP_MEMORY_DATA,   /* private and writable */
    BP_MEMORY_EXEMPT, /* shared, or a stack that grows: never data */
};

/* Guarded by the lock of the slot that it belongs to. Every page is in mapped; data and exempt are
 * disjoint parts of it. */
struct bp_account {
    struct bp_ranges mapped, data, exempt;
    u64 limit_as, limit_data; /* bytes; UINT64_MAX: none */
};

/* Without limits. */
void bp_account_init(struct bp_account *account);
void bp_account_destroy(struct bp_account *account);

/* Of a mapping made with these mmap(2) arguments. */
enum bp_memory_class bp_memory_class(int prot, int flags);

/* Of what is mapped at addr. */
enum bp_memory_class bp_account_class(const struct bp_account *account, u64 addr);

/* Whether len more bytes of a class stay within the limits. [start, start + replaced) is what they
 * take the place of. */
bool bp_account_fits(const struct bp_account *account, u64 start, u64 replaced, u64 len,
                     enum bp_memory_class class);

/* Takes note of pages that now are of this class, or gone. */
void bp_account_map(struct bp_account *account, u64 start, u64 len, enum bp_memory_class class);
void bp_account_unmap(struct bp_account *account, u64 start, u64 len);

/* Whether the limit on data allows these pages to become writable. */
bool bp_account_may_write(const struct bp_account *account, u64 start, u64 len);

/* Takes note that they are, or no longer are, writable. */
void bp_account_protect(struct bp_account *account, u64 start, u64 len, bool writable);

#endif
