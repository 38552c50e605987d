#include "linux/path.h"
#include "base/uaccess.h"
#include "socket/fdtable.h"

#include <errno.h>
#include <fcntl.h>

/* Makes a name below one of the directories that linux/procfs.h knows absolute. */
static long prepend(struct bp_path *path, const char *prefix)
{
    size_t len = strlen(prefix), name = strlen(path->name) + 1;

    if (len + name > sizeof(path->name))
        return -ENAMETOOLONG;
    memmove(path->name + len, path->name, name);
    memcpy(path->name, prefix, len);
    return 0;
}

/* A relative path from a descriptor of the program. */
static long start_from(struct bp_path *path, u64 dirfd)
{
    struct bp_file *file = bp_fd_get(dirfd);
    u32 proc_dir;

    if (!file)
        return -EBADF;
    path->dirfd = file->kind == BP_FILE_HOST ? file->host_fd : -1;
    proc_dir = path->dirfd < 0 ? BP_PROCFS_NO_DIR : file->host.proc_dir;
    bp_fd_put(file);
    if (path->dirfd < 0)
        return path->name[0] ? -ENOTDIR : -ENOENT;
    return unlikely(proc_dir && path->name[0]) ? prepend(path, bp_procfs_prefix(proc_dir)) : 0;
}

long bp_path_get_at(struct bp_path *path, u64 dirfd, u64 user_name, u64 flags)
{
    long ret = bp_copy_string(path->name, (const char *)user_name, sizeof(path->name));

    path->dirfd = bp_current_proc()->cwd_fd;
    path->own.entry = NULL;
    if (ret < 0)
        return ret;
    if (path->name[0] != '/' && (int)dirfd != AT_FDCWD) {
        ret = start_from(path, dirfd);
        if (ret < 0)
            return ret;
    }
    if (path->name[0] == '/')
        bp_procfs_resolve(path, !(flags & AT_SYMLINK_NOFOLLOW));
    return 0;
}

long bp_path_get_nullable(struct bp_path *path, u64 dirfd, u64 user_name, u64 flags, bool *is_null)
{
    *is_null = !user_name;
    if (user_name)
        return bp_path_get_at(path, dirfd, user_name, flags);
    path->own.entry = NULL;
    path->dirfd = (int)dirfd == AT_FDCWD ? bp_current_proc()->cwd_fd : bp_host_fd((int)dirfd);
    return path->dirfd < 0 ? -EBADF : 0;
}
