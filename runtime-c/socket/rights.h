/* Descriptors on their way through an AF_UNIX socket (SCM_RIGHTS), attached to a chunk of its FIFO.
 * Arena. */
#ifndef BP_SOCKET_RIGHTS_H
#define BP_SOCKET_RIGHTS_H

#include "socket/file.h"

enum {
    BP_RIGHTS_MAX = 253, /* SCM_MAX_FD */
    /* Messages with descriptors that may be on their way at once, so that nobody fills the arena
     * with them. */
    BP_RIGHTS_IN_FLIGHT_MAX = 16384,
};

struct bp_rights {
    struct bp_rights *next; /* while being dropped */
    u32 count;
    struct bp_cred cred;                  /* of the sender */
    struct bp_file *files[BP_RIGHTS_MAX]; /* a reference each */
};

/* A new one without descriptors, NULL when the arena is exhausted or too many are on their way.
 * cred is not set. */
struct bp_rights *bp_rights_create(void);

/*
 * Gives back the references and the memory. NULL is allowed. No lock is held: this may be the end
 * of any description, also of one that holds further rights; those are dropped one after the other
 * and not in each other.
 */
void bp_rights_drop(struct bp_rights *rights);

#endif
