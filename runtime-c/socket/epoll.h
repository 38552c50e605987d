/* epoll(7): the operations of its descriptions. The calls are in epoll.c. */
#ifndef BP_SOCKET_EPOLL_H
#define BP_SOCKET_EPOLL_H

#include "socket/file.h"

u32 bp_epoll_poll(struct bp_file *epoll, u32 interest);
void bp_epoll_release(struct bp_file *epoll);

#endif
