/* Descriptors on their way through an AF_UNIX socket (SCM_RIGHTS), attached to a chunk of its FIFO.
 * Arena. */
#ifndef BP_SOCKET_RIGHTS_H
#define BP_SOCKET_RIGHTS_H

#include "socket/file.h"

enum {
    BP_RIGHTS_MAX = 253
}; /* SCM_MAX_FD */

struct bp_rights {
    u32 count;
    struct bp_cred cred;                  /* of the sender */
    struct bp_file *files[BP_RIGHTS_MAX]; /* a reference each */
};

/* Gives back the references and the memory. NULL is allowed. */
void bp_rights_drop(struct bp_rights *rights);

#endif
