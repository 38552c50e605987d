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
    u32 parcel;  /* the host descriptors of its files, on their way (socket/parcel.h), or 0 */
    u32 process; /* the sender's place */
    struct bp_cred cred;                  /* of the sender */
    struct bp_file *files[BP_RIGHTS_MAX]; /* a reference each */
};

/* Puts a file of the thread's hand in, with its reference; there is room. */
void bp_rights_add(struct bp_rights *rights, struct bp_file *file);
/* Takes the last one out, into the hand; NULL is in the place of what did not arrive. */
struct bp_file *bp_rights_take(struct bp_rights *rights);

/* A new one without descriptors, in the thread's hand, NULL when the arena is exhausted or too many
 * are on their way. cred is not set. */
struct bp_rights *bp_rights_create(void);

/*
 * Before they leave this process for perhaps another: files of the host get descriptions of their
 * own, whose host descriptors travel as a parcel. Nothing as long as there is one process. Returns
 * 0, -ETOOMANYREFS or -ENOMEM.
 */
long bp_rights_pack(struct bp_rights *rights);

/*
 * In the process that receives them: their files are this process's from now on. Returns false when
 * some were lost, which are in them no more.
 */
bool bp_rights_unpack(struct bp_rights *rights);

/*
 * Gives back the references and the memory. NULL is allowed. No lock is held: this may be the end
 * of any description, also of one that holds further rights; those are dropped one after the other
 * and not in each other.
 */
void bp_rights_drop(struct bp_rights *rights);

#endif
