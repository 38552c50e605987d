/* What a fork means for descriptors: descriptions are shared, host descriptors are inherited. */
#ifndef BP_SOCKET_FORK_H
#define BP_SOCKET_FORK_H

#include "socket/fdtable.h"

/*
 * Before the fork, in the parent: what each descriptor of the child will name, with the references
 * for it. An array of table->end entries; NULL when memory is short.
 */
struct bp_file **bp_fds_prepare(struct bp_fdtable *table);

/* After it, in the parent: frees the array; and when the fork has failed, the references. */
void bp_fds_prepared(struct bp_fdtable *table, struct bp_file **inherited, bool failed);

/*
 * In the child, which runs the one program with this table: takes over the array. What belongs to
 * other programs of the parent, or to its launcher, is closed, except `keep` (further host
 * descriptors, -1 ends them). Before anything can wait. Returns 0 or -ENOMEM.
 */
int bp_fds_forked(struct bp_fdtable *table, struct bp_file **inherited, const int *keep);

#endif
