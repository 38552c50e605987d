/*
 * System calls that the kernel answers: arguments are translated by their types (linux/args.def),
 * everything else goes as it is.
 *
 *   FD, SEEKFD, LISTFD   the host's descriptor. One that has no host side (a fused socket, a pipe,
 * ...) answers as Linux does for the wrong kind of file: EINVAL, ESPIPE, ENOTDIR DIRFD, PATH the
 * host's directory and the name there (linux/path.h) MEM                  must be the program's own
 * memory, with the length that follows; EINVAL, ENOMEM otherwise NEWMODE              without the
 * bits of the program's umask; the host's umask is 0
 */
#ifndef BP_LINUX_PASSTHROUGH_H
#define BP_LINUX_PASSTHROUGH_H

#include "linux/systable.h"

/* Whether an argument that is, or may be, a pointer names the arena: no kernel is to follow it for
 * a program (base/uaccess.h). */
bool bp_names_arena(const struct bp_syscall_info *info, const u64 *args);

/* Makes the call for the current program; info is its line in the table. Parks the thread for SLOW
 * calls. */
long bp_passthrough(const struct bp_syscall_info *info, const u64 *args);

/* The same for HOST_AT. */
long bp_passthrough_at(const struct bp_syscall_info *info, const u64 *args);

#endif
