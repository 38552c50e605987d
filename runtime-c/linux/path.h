/*
 * Path arguments. Programs of one process have working directories of their own, and some names
 * under /proc mean "the calling process", which the host would answer for the whole runtime: both
 * are settled here, before the host sees a path.
 */
#ifndef BP_LINUX_PATH_H
#define BP_LINUX_PATH_H

#include "linux/task.h"

struct bp_path {
    int dirfd; /* host descriptor that a relative path starts from */
    char name[BP_PATH_MAX];
};

/*
 * Reads a path argument of the current program. dirfd is the program's (AT_FDCWD: its working
 * directory). Returns 0, -EFAULT, -ENAMETOOLONG, or -EBADF for a relative path from a bad
 * descriptor.
 */
long bp_path_get(struct bp_path *path, u64 dirfd, u64 user_name);

/* bp_path_get for calls where a NULL name means the descriptor itself (utimensat, statx with
 * AT_EMPTY_PATH). */
long bp_path_get_nullable(struct bp_path *path, u64 dirfd, u64 user_name, bool *is_null);

#endif
