/*
 * System calls that take paths and need more than the translation of the table
 * (linux/passthrough.h): they make a descriptor, ask about one that the host does not know, or have
 * no form that starts at a directory's descriptor.
 */
#include "base/host.h"
#include "base/log.h"
#include "base/stats.h"
#include "base/uaccess.h"
#include "linux/calls.h"
#include "linux/path.h"
#include "linux/signal.h"
#include "sched/offload.h"
#include "socket/fdtable.h"
#include "socket/hostfile.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CWD ((u64)AT_FDCWD)

/* What a file is created with: the host's umask is 0, the program's is applied here. */
static u64 masked(u64 mode)
{
    return mode & ~(u64)bp_current_proc()->umask;
}

/* ---- open ---- */

/* Whether an open is about a link at the end itself, as a flag of bp_path_get_at. */
static u64 follows(u64 flags)
{
    bool exclusive = (flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL);

    return flags & O_NOFOLLOW || exclusive ? AT_SYMLINK_NOFOLLOW : 0;
}

/* Opening a name that leads to a fused pipe gives the description once more, under another
 * descriptor: Linux would make a new one of the same pipe, which is the same as long as the flags
 * are. Other kinds cannot be opened there either. */
static long open_fused(u32 fd, u64 flags)
{
    struct bp_file *file = bp_fd_get(fd);
    long ret = -ENXIO;

    if (!file)
        return -ENOENT;
    if (file->kind == BP_FILE_PIPE && !(flags & O_PATH) &&
        bp_file_open_flags(file) == (flags & (O_ACCMODE | O_NONBLOCK | O_DIRECT))) {
        bp_file_hold(file);
        ret = bp_fd_install(file, flags & O_CLOEXEC);
        if (ret < 0)
            bp_file_drop(file);
    }
    bp_fd_put(file);
    return ret;
}

/*
 * A FIFO's open waits for the other end: not on a worker. There is nothing to wait for with both
 * ends, or for a writer when there is a reader.
 */
static long open_fifo(const long args[6])
{
    long access = args[2] & O_ACCMODE, fd;

    if (access == O_RDONLY)
        return bp_offload_interruptible(SYS_openat, args);
    fd = bp_host(SYS_openat, args[0], args[1], args[2] | O_NONBLOCK, args[3]);
    if (fd == -ENXIO && access == O_WRONLY)
        return bp_offload_interruptible(SYS_openat, args);
    if (fd >= 0)
        bp_host(SYS_fcntl, fd, F_SETFL, args[2]);
    return fd;
}

static long open_host(const struct bp_path *path, u64 flags, u64 mode)
{
    struct stat st;
    long args[6] = {path->dirfd, (long)path->name, (long)(flags | O_CLOEXEC), (long)mode};
    long ret = bp_procfs_open(path, flags);

    if (unlikely(ret != -EOPNOTSUPP))
        return ret;
    if (!(flags & (O_NONBLOCK | O_PATH)) &&
        !bp_host(SYS_newfstatat, path->dirfd, path->name, &st, 0) && S_ISFIFO(st.st_mode))
        return open_fifo(args);
    return bp_host(SYS_openat, args[0], args[1], args[2], args[3]);
}

long bp_sys_openat(u64 dirfd, u64 user_path, u64 flags, u64 mode)
{
    struct bp_fdtable *fds = bp_current()->fds;
    struct bp_file *file = NULL;
    struct bp_path path;
    long ret = bp_path_get_at(&path, dirfd, user_path, follows(flags));
    int fd;

    if (ret)
        return ret;
    if (unlikely(bp_procfs_is_fused(&path)))
        return open_fused(path.own.fd, flags);
    fd = bp_fd_reserve(fds);
    if (fd < 0)
        return fd; /* and no file is created */
    bp_stat_inc(BP_STAT_HOST_CALLS);
    ret = open_host(&path, flags, masked(mode));
    if (ret >= 0)
        file = bp_hostfile_create((int)ret);
    if (file) {
        file->host.proc_dir = (u8)bp_procfs_dir_of(&path);
        file->host.memory = bp_procfs_is_memory(&path);
    }
    bp_fd_fill(fds, (u32)fd, file, flags & O_CLOEXEC);
    if (file)
        return fd;
    if (ret >= 0)
        bp_host(SYS_close, ret);
    return ret < 0 ? ret : -ENFILE;
}

long bp_sys_open(u64 path, u64 flags, u64 mode)
{
    return bp_sys_openat(CWD, path, flags, mode);
}

long bp_sys_creat(u64 path, u64 mode)
{
    return bp_sys_openat(CWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

long bp_sys_openat2(u64 dirfd, u64 user_path, u64 user_how, u64 size)
{
    struct open_how how = {0};
    struct bp_path path;
    u64 flags;
    long ret;

    if (size < sizeof(how))
        return -EINVAL;
    if (size > sizeof(how))
        return -E2BIG;
    if (bp_copy(&how, (void *)user_how, sizeof(how)))
        return -EFAULT;
    flags = how.flags;
    ret = bp_path_get_at(&path, dirfd, user_path, follows(flags));
    if (ret)
        return ret;
    if (path.own.entry && (!how.resolve || bp_procfs_is_memory(&path)))
        return bp_sys_openat(dirfd, user_path, flags, how.mode);
    how.flags |= O_CLOEXEC;
    how.mode = flags & (O_CREAT | O_TMPFILE) ? masked(how.mode) : how.mode;
    ret = bp_host(SYS_openat2, path.dirfd, path.name, &how, sizeof(how));
    return ret < 0 ? ret : bp_fd_install_host((int)ret, (int)flags);
}

long bp_sys_memfd_create(u64 name, u64 flags)
{
    long fd = bp_host(SYS_memfd_create, name, flags | 1 /* MFD_CLOEXEC */);

    return fd < 0 ? fd : bp_fd_install_host((int)fd, flags & 1 ? O_CLOEXEC : 0);
}

long bp_sys_inotify_init1(u64 flags)
{
    long fd = bp_host(SYS_inotify_init1, flags | O_CLOEXEC);

    return fd < 0 ? fd : bp_fd_install_host((int)fd, (int)flags);
}

long bp_sys_inotify_init(void)
{
    return bp_sys_inotify_init1(0);
}

long bp_sys_inotify_add_watch(u64 fd, u64 user_path, u64 mask)
{
    struct bp_path path;
    char link[BP_PATH_MAX + 32];
    int host = bp_host_fd((int)fd);
    long ret =
        bp_path_get_at(&path, CWD, user_path, mask & IN_DONT_FOLLOW ? AT_SYMLINK_NOFOLLOW : 0);

    if (host < 0 || ret)
        return host < 0 ? host : ret;
    if (path.name[0] == '/')
        return bp_host(SYS_inotify_add_watch, host, path.name, mask);
    /* There is no *at form: a relative path is reached through the working directory's descriptor.
     */
    bp_snprintf(link, sizeof(link), "/proc/self/fd/%d/%s", path.dirfd, path.name);
    return bp_host(SYS_inotify_add_watch, host, link, mask);
}

/* ---- attributes ---- */

/* What fstat(2) says of descriptions that have no host side. */
static const u32 modes[BP_FILE_KINDS] = {
    [BP_FILE_TCP] = S_IFSOCK | 0777,
    [BP_FILE_UNIX] = S_IFSOCK | 0777,
    [BP_FILE_PIPE] = S_IFIFO | 0600,
    [BP_FILE_LISTENER] = S_IFSOCK | 0777,
    [BP_FILE_EVENTFD] = 0600,
    [BP_FILE_TIMERFD] = 0600,
    [BP_FILE_SIGNALFD] = 0600,
    [BP_FILE_EPOLL] = 0600,
    [BP_FILE_ATTACHED] = S_IFSOCK | 0777,
    [BP_FILE_USERFAULT] = 0600,
};

static struct stat describe(struct bp_file *file)
{
    return (struct stat){
        .st_mode = modes[file->kind],
        .st_ino = bp_file_inode(file),
        .st_nlink = 1,
        .st_uid = (u32)bp_host(SYS_geteuid),
        .st_gid = (u32)bp_host(SYS_getegid),
        .st_blksize = BP_PAGE_SIZE,
    };
}

long bp_sys_fstat(u64 fd, u64 statbuf)
{
    struct bp_file *file = bp_fd_get(fd);
    struct stat st;
    long ret;

    if (!file)
        return -EBADF;
    if (file->kind == BP_FILE_HOST) {
        ret = bp_host(SYS_fstat, file->host_fd, statbuf);
    } else {
        st = describe(file);
        ret = bp_copy((void *)statbuf, &st, sizeof(st));
    }
    bp_fd_put(file);
    return ret;
}

/* Whether a path argument with AT_EMPTY_PATH means the descriptor itself. */
static bool is_empty(u64 path, u64 flags)
{
    char first = 1;

    return flags & AT_EMPTY_PATH && (!path || (!bp_copy(&first, (void *)path, 1) && !first));
}

long bp_sys_newfstatat(u64 dirfd, u64 path, u64 statbuf, u64 flags)
{
    struct bp_path at;
    long ret;

    /* fstat by way of an empty path is common and must not need a host-backed working directory. */
    if (is_empty(path, flags))
        return (int)dirfd == AT_FDCWD ? bp_host(SYS_fstat, bp_current_proc()->cwd_fd, statbuf)
                                      : bp_sys_fstat(dirfd, statbuf);
    ret = bp_path_get_at(&at, dirfd, path, flags);
    if (ret)
        return ret;
    if (unlikely(!(flags & AT_SYMLINK_NOFOLLOW) && bp_procfs_is_fused(&at)))
        return bp_sys_fstat(at.own.fd, statbuf);
    return bp_host(SYS_newfstatat, at.dirfd, at.name, statbuf, flags);
}

long bp_sys_stat(u64 path, u64 statbuf)
{
    return bp_sys_newfstatat(CWD, path, statbuf, 0);
}

long bp_sys_lstat(u64 path, u64 statbuf)
{
    return bp_sys_newfstatat(CWD, path, statbuf, AT_SYMLINK_NOFOLLOW);
}

/* statx(2) of a descriptor that has no host side: what describe() knows. */
static long statx_fused(u64 fd, u64 flags, u64 mask, u64 statxbuf)
{
    const u32 known = STATX_TYPE | STATX_MODE | STATX_NLINK | STATX_UID | STATX_GID | STATX_INO |
                      STATX_SIZE | STATX_BLOCKS;
    struct bp_file *file = bp_fd_get(fd);
    struct statx sx;
    struct stat st;

    if (!file)
        return -EBADF;
    st = describe(file);
    bp_fd_put(file);
    if (mask & STATX__RESERVED || (flags & AT_STATX_SYNC_TYPE) == AT_STATX_SYNC_TYPE)
        return -EINVAL;
    sx = (struct statx){
        .stx_mask = known,
        .stx_mode = (u16)st.st_mode,
        .stx_ino = st.st_ino,
        .stx_nlink = (u32)st.st_nlink,
        .stx_uid = st.st_uid,
        .stx_gid = st.st_gid,
        .stx_blksize = (u32)st.st_blksize,
    };
    return bp_copy((void *)statxbuf, &sx, sizeof(sx)) ? -EFAULT : 0;
}

long bp_sys_statx(u64 dirfd, u64 user_path, u64 flags, u64 mask, u64 statxbuf)
{
    static const char empty[] = "";
    struct bp_path path;
    bool is_null;
    long ret;

    if (is_empty(user_path, flags) && (int)dirfd != AT_FDCWD && bp_host_fd((int)dirfd) == -EINVAL)
        return statx_fused(dirfd, flags, mask, statxbuf);
    ret = bp_path_get_nullable(&path, dirfd, user_path, flags, &is_null);
    if (ret)
        return ret;
    if (unlikely(!is_null && !(flags & AT_SYMLINK_NOFOLLOW) && bp_procfs_is_fused(&path)))
        return statx_fused(path.own.fd, flags, mask, statxbuf);
    return bp_host(SYS_statx, path.dirfd, is_null ? empty : path.name, flags, mask, statxbuf);
}

long bp_sys_utimensat(u64 dirfd, u64 user_path, u64 times, u64 flags)
{
    struct bp_path path;
    bool is_null;
    long ret = bp_path_get_nullable(&path, dirfd, user_path, flags, &is_null);

    return ret ? ret : bp_host(SYS_utimensat, path.dirfd, is_null ? NULL : path.name, times, flags);
}

long bp_sys_utime(u64 path, u64 user_times)
{
    u64 seconds[2];
    struct timespec times[2] = {0};
    struct bp_path at;
    long ret = bp_path_get(&at, CWD, path);

    if (ret)
        return ret;
    if (user_times && bp_copy(seconds, (void *)user_times, sizeof(seconds)))
        return -EFAULT;
    if (user_times) {
        times[0].tv_sec = (long)seconds[0];
        times[1].tv_sec = (long)seconds[1];
    }
    return bp_host(SYS_utimensat, at.dirfd, at.name, user_times ? times : NULL, 0);
}

/* ---- names ---- */

long bp_sys_readlinkat(u64 dirfd, u64 user_path, u64 buf, u64 size)
{
    struct bp_path path;
    char target[BP_PATH_MAX];
    long ret = bp_path_get_at(&path, dirfd, user_path, AT_SYMLINK_NOFOLLOW);

    if (ret)
        return ret;
    if ((int)size <= 0)
        return -EINVAL;
    ret = bp_procfs_readlink(&path, target, BP_MIN((size_t)size, sizeof(target)));
    if (ret == -EOPNOTSUPP)
        return bp_host(SYS_readlinkat, path.dirfd, path.name, buf, size);
    return ret > 0 && bp_copy((void *)buf, target, (size_t)ret) ? -EFAULT : ret;
}

long bp_sys_readlink(u64 path, u64 buf, u64 size)
{
    return bp_sys_readlinkat(CWD, path, buf, size);
}

/* ---- directories ---- */

static long list(long nr, u64 fd, u64 entries, u64 size)
{
    struct bp_file *dir = bp_fd_get(fd);
    long ret;

    if (!dir)
        return -EBADF;
    if (dir->kind != BP_FILE_HOST)
        ret = -ENOTDIR;
    else if (unlikely(dir->host.proc_dir >= BP_PROCFS_FD))
        ret = bp_procfs_list(dir, entries, (u32)size, nr == SYS_getdents);
    else
        ret = bp_host(nr, dir->host_fd, entries, size);
    bp_fd_put(dir);
    return ret;
}

long bp_sys_getdents64(u64 fd, u64 entries, u64 size)
{
    return list(SYS_getdents64, fd, entries, size);
}

long bp_sys_getdents(u64 fd, u64 entries, u64 size)
{
    return list(SYS_getdents, fd, entries, size);
}

/* ---- calls without an *at form: through a descriptor of the file, or its name under our own /proc
 * ---- */

static long by_descriptor(long nr, u64 user_path, int flags, u64 b, u64 c, u64 d, u64 e)
{
    struct bp_path path;
    char link[40];
    long ret = bp_path_get(&path, CWD, user_path), fd;

    if (ret)
        return ret;
    fd = bp_host(SYS_openat, path.dirfd, path.name, O_PATH | O_CLOEXEC | flags);
    if (fd < 0)
        return fd;
    bp_snprintf(link, sizeof(link), "/proc/self/fd/%ld", fd);
    ret = bp_host(nr, link, b, c, d, e);
    bp_host(SYS_close, fd);
    return ret;
}

long bp_sys_statfs(u64 path, u64 buf)
{
    return by_descriptor(SYS_statfs, path, 0, buf, 0, 0, 0);
}

long bp_sys_truncate(u64 path, u64 length)
{
    long ret = by_descriptor(SYS_truncate, path, 0, length, 0, 0, 0);

    if (ret == -EFBIG)
        bp_signal_file_size();
    return ret;
}

long bp_sys_setxattr(u64 path, u64 name, u64 value, u64 size, u64 flags)
{
    return by_descriptor(SYS_setxattr, path, 0, name, value, size, flags);
}

long bp_sys_getxattr(u64 path, u64 name, u64 value, u64 size)
{
    return by_descriptor(SYS_getxattr, path, 0, name, value, size, 0);
}

long bp_sys_listxattr(u64 path, u64 list, u64 size)
{
    return by_descriptor(SYS_listxattr, path, 0, list, size, 0, 0);
}

long bp_sys_removexattr(u64 path, u64 name)
{
    return by_descriptor(SYS_removexattr, path, 0, name, 0, 0, 0);
}

/* Of a symbolic link itself: only absolute names can be handed on. */
static long of_link(long nr, u64 user_path, u64 b, u64 c, u64 d, u64 e)
{
    struct bp_path path;
    char name[BP_PATH_MAX + 32];
    long ret = bp_path_get_at(&path, CWD, user_path, AT_SYMLINK_NOFOLLOW);

    if (ret)
        return ret;
    if (path.name[0] == '/')
        return bp_host(nr, path.name, b, c, d, e);
    bp_snprintf(name, sizeof(name), "/proc/self/fd/%d/%s", path.dirfd, path.name);
    return bp_host(nr, name, b, c, d, e);
}

long bp_sys_lsetxattr(u64 path, u64 name, u64 value, u64 size, u64 flags)
{
    return of_link(SYS_lsetxattr, path, name, value, size, flags);
}

long bp_sys_lgetxattr(u64 path, u64 name, u64 value, u64 size)
{
    return of_link(SYS_lgetxattr, path, name, value, size, 0);
}

long bp_sys_llistxattr(u64 path, u64 list, u64 size)
{
    return of_link(SYS_llistxattr, path, list, size, 0, 0);
}

long bp_sys_lremovexattr(u64 path, u64 name)
{
    return of_link(SYS_lremovexattr, path, name, 0, 0, 0);
}

/* ---- the rest ---- */

/* Waits for a lock that is taken in a helper thread: the worker must not. */
long bp_sys_flock(u64 fd, u64 operation)
{
    int host = bp_host_fd((int)fd);
    long args[6] = {host, (long)operation}, ret;

    if (host < 0)
        return host;
    ret = bp_host(SYS_flock, host, operation | LOCK_NB);
    if (ret != -EAGAIN || operation & LOCK_NB)
        return ret;
    return bp_offload_interruptible(SYS_flock, args);
}
