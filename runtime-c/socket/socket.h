/* Start of the socket floor. */
#ifndef BP_SOCKET_SOCKET_H
#define BP_SOCKET_SOCKET_H

#include "base/base.h"
#include "socket/upcalls.h"

/* Before any program starts; the arena exists. Ends the process with a message when memory is
 * denied. */
void bp_socket_init(const struct bp_socket_upcalls *upcalls);

#endif
