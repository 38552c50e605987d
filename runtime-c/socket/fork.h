/* What a fork means for descriptors: descriptions are shared, host descriptors are inherited. */
#ifndef BP_SOCKET_FORK_H
#define BP_SOCKET_FORK_H

#include "socket/fdtable.h"

/*
 * Before the fork, in the parent: the child's table, kept at its place. NULL when the arena is
 * exhausted. After it, in the parent, bp_fds_prepared: when the fork has failed, the child's table
 * is given back.
 */
struct bp_fdtable *bp_fds_prepare(u32 place, struct bp_fdtable *table);
void bp_fds_prepared(u32 place, struct bp_fdtable *table, bool failed);

/*
 * In the child, which runs one program, with this table: what belongs to other programs of the
 * parent, or to its launcher, is closed, except `further` host
 * descriptors (-1 ends them).
 * Before anything can wait. Returns 0 or -ENOMEM.
 */
int bp_fds_forked(struct bp_fdtable *table, const int *further);

#endif
