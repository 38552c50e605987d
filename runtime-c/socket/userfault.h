/*
 * userfaultfd(2). The host is asked to answer faults with SIGBUS (UFFD_FEATURE_SIGBUS) instead of
 * stopping whoever made them, which would be a worker, and with it the thread that is to resolve
 * the fault. The thread then parks here until its page is resolved, and what read(2) and poll(2)
 * tell are our own records of such threads.
 *
 * Only faults of a program's own instructions can be waited for, not those of system calls: so
 * UFFD_USER_MODE_ONLY is asked for, which is all that Linux gives unprivileged programs
 * (vm.unprivileged_userfaultfd). The descriptor serves in the process that made it.
 */
#ifndef BP_SOCKET_USERFAULT_H
#define BP_SOCKET_USERFAULT_H

#include "socket/file.h"

/*
 * The current program faulted with SIGBUS at addr; error is the processor's error code. Parks the
 * thread until that is resolved, or it is interrupted, and returns true: the instruction is to be
 * executed again. false: no matter of ours.
 */
bool bp_userfault_wait(u64 addr, u64 error, u32 tid);

/* The program's mappings there are gone, and registrations with them. */
void bp_userfault_unmapped(u64 addr, u64 len);

/* In a forked child: its memory is not registered, its parent's descriptors do not serve it. */
void bp_userfaults_forked(void);

long bp_userfault_read(struct bp_file *file, struct bp_iter *to, u32 flags);
u32 bp_userfault_poll(struct bp_file *file, u32 interest);
long bp_userfault_ioctl(struct bp_file *file, u64 cmd, u64 arg);
void bp_userfault_release(struct bp_file *file);

#endif
