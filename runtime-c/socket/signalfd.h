/* signalfd(2): the operations of its descriptions. */
#ifndef BP_SOCKET_SIGNALFD_H
#define BP_SOCKET_SIGNALFD_H

#include "socket/file.h"

/* Returns 0 or -ENOMEM. */
int bp_signalfd_init(void);

long bp_signalfd_read(struct bp_file *file, struct bp_iter *to, u32 flags);
u32 bp_signalfd_poll(struct bp_file *file, u32 interest);
void bp_signalfd_release(struct bp_file *file);

/*
 * A signal (bit n - 1 for signal n) has become pending for somebody: whoever watches a description
 * that wants it looks again. Called without the lock of a file or of a process.
 */
void bp_signalfd_announce(u64 signal_bit);

#endif
