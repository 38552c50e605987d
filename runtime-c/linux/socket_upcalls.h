/* The personality's answers to the socket floor (struct bp_socket_upcalls). */
#ifndef BP_LINUX_SOCKET_UPCALLS_H
#define BP_LINUX_SOCKET_UPCALLS_H

#include "socket/upcalls.h"

extern const struct bp_socket_upcalls bp_linux_socket_upcalls;

#endif
