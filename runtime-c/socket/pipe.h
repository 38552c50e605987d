/* Pipes, apart from reading and writing (socket/stream.h). */
#ifndef BP_SOCKET_PIPE_H
#define BP_SOCKET_PIPE_H

#include "socket/file.h"

void bp_pipe_release(struct bp_file *file);

/* F_GETPIPE_SZ, F_SETPIPE_SZ. */
long bp_pipe_get_size(struct bp_file *file);
long bp_pipe_set_size(struct bp_file *file, u64 size);

/*
 * Gives two new descriptions descriptors and tells the program their numbers (pipe, socketpair).
 * Takes over the references; on failure nothing is left. Returns 0, -EMFILE, -EFAULT.
 */
long bp_install_two(struct bp_file *first, struct bp_file *second, bool cloexec, u64 user);

#endif
