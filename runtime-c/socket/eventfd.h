/* eventfd(2): the operations of its descriptions. */
#ifndef BP_SOCKET_EVENTFD_H
#define BP_SOCKET_EVENTFD_H

#include "socket/file.h"

long bp_eventfd_read(struct bp_file *file, struct bp_iter *to, u32 flags);
long bp_eventfd_write(struct bp_file *file, struct bp_iter *from, u32 flags);
u32 bp_eventfd_poll(struct bp_file *file, u32 interest);

#endif
