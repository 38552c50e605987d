/*
 * Host descriptors on their way from one process of the runtime to any other (SCM_RIGHTS): whoever
 * will receive them is not known when they are sent, and the sender may end before that. They wait
 * in a socket of the host that all processes have, each message under a number.
 */
#ifndef BP_SOCKET_PARCEL_H
#define BP_SOCKET_PARCEL_H

#include "base/base.h"

/* Before the first fork; nothing afterwards. Returns 0 or a negative errno of socketpair(2). */
int bp_parcels_init(void);

/* Descriptors that a forked process keeps: calls fn for each. */
void bp_parcels_each(void (*fn)(int fd, void *arg), void *arg);

/*
 * Puts copies of 1 to BP_RIGHTS_MAX host descriptors on their way. Returns their number (> 0), or
 * -ETOOMANYREFS when too many are, -ENOMEM.
 */
long bp_parcel_send(const int *fds, u32 count);

/*
 * Takes what was sent under that number: fds are the caller's. Any process. Returns how many, or
 * -ENOENT when they were lost, as by the death of who was taking them.
 */
long bp_parcel_take(u32 parcel, int *fds);

#endif
