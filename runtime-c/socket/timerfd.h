/* timerfd_create(2): the operations of its descriptions. */
#ifndef BP_SOCKET_TIMERFD_H
#define BP_SOCKET_TIMERFD_H

#include "socket/file.h"

long bp_timerfd_read(struct bp_file *file, struct bp_iter *to, u32 flags);
u32 bp_timerfd_poll(struct bp_file *file, u32 interest);
void bp_timerfd_release(struct bp_file *file);

/* In a forked child: no timer runs; those of inherited descriptions do when somebody waits. */
void bp_timerfd_forked(void);

#endif
