/*
 * Path arguments. Programs of one process have working directories of their own, and some names
 * under /proc mean "the calling process", which the host would answer for the whole runtime: both
 * are settled here, before the host sees a path.
 */
#ifndef BP_LINUX_PATH_H
#define BP_LINUX_PATH_H

#include "linux/procfs.h"
#include "linux/task.h"

struct bp_path {
    int dirfd; /* host descriptor that a relative path starts from */
    char name[BP_PATH_MAX];
    struct bp_procfs own; /* what of the program itself the path names in /proc */
};

/*
 * Reads a path argument of the current program. dirfd is the program's (AT_FDCWD: its working
 * directory). flags: AT_SYMLINK_NOFOLLOW when the call is about a symbolic link itself. Returns 0,
 * -EFAULT, -ENAMETOOLONG, or for a relative path from a bad descriptor -EBADF, -ENOTDIR.
 */
long bp_path_get_at(struct bp_path *path, u64 dirfd, u64 user_name, u64 flags);

BP_INLINE long bp_path_get(struct bp_path *path, u64 dirfd, u64 user_name)
{
    return bp_path_get_at(path, dirfd, user_name, 0);
}

/* bp_path_get_at for calls where a NULL name means the descriptor itself (utimensat, statx with
 * AT_EMPTY_PATH). */
long bp_path_get_nullable(struct bp_path *path, u64 dirfd, u64 user_name, u64 flags, bool *is_null);

#endif
