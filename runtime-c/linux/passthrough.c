#include "linux/passthrough.h"
#include "base/host.h"
#include "base/stats.h"
#include "base/uaccess.h"
#include "linux/path.h"
#include "linux/signal.h"
#include "linux/task.h"
#include "memory/slot.h"
#include "sched/offload.h"
#include "socket/fdtable.h"
#include "socket/hostfile.h"

#include <errno.h>
#include <fcntl.h>

/* What Linux answers when a call does not apply to a descriptor's kind of file. */
static const u8 wrong_kind[BP_ARG_TYPES] = {
    [BP_ARG_FD] = EINVAL,
    [BP_ARG_SEEKFD] = ESPIPE,
    [BP_ARG_LISTFD] = ENOTDIR,
};

static long host_fd(u8 type, u64 fd)
{
    int host = bp_host_fd((int)fd);

    return host == -EINVAL ? -(long)wrong_kind[type] : host;
}

/* Whole pages count: some calls round an address down, for others the kernel has its own answer, as
 * for lengths beyond all addresses. */
static long check_range(u64 addr, u64 len)
{
    u64 offset = addr & (BP_PAGE_SIZE - 1), bytes = BP_ALIGN_UP(len + offset, (u64)BP_PAGE_SIZE);

    if (!len || bytes < len || addr - offset + bytes < addr - offset ||
        bp_slot_owns(bp_current_proc()->slot, addr - offset, bytes))
        return 0;
    return offset ? -EINVAL : -ENOMEM;
}

/* Translates one argument that is not a path. Returns 0 or negative errno. */
static long translate(const struct bp_syscall_info *info, int i, const u64 *args, long *to)
{
    u8 type = info->args[i].type;

    *to = (long)args[i];
    if (wrong_kind[type]) {
        *to = host_fd(type, args[i]);
        return *to < 0 ? *to : 0;
    }
    if (type == BP_ARG_NEWMODE)
        *to = (long)(args[i] & ~(u64)bp_current_proc()->umask);
    return type == BP_ARG_MEM ? check_range(args[i], args[i + 1]) : 0;
}

/* Types that are pointers, as linux/args.def orders them; HEX is what ioctl and its like take. */
static bool may_be_pointer(u8 type)
{
    return type == BP_ARG_PTR || type == BP_ARG_HEX || (type >= BP_ARG_STR && type <= BP_ARG_STATX);
}

bool bp_names_arena(const struct bp_syscall_info *info, const u64 *args)
{
    for (int i = 0; i < BP_ARGS_MAX && info->args[i].type; i++) {
        if (may_be_pointer(info->args[i].type) && bp_in_arena((void *)args[i]))
            return true;
    }
    return false;
}

long bp_passthrough(const struct bp_syscall_info *info, const u64 *args)
{
    long to[BP_ARGS_MAX] = {0}, ret;

    if (bp_names_arena(info, args))
        return -EFAULT;
    for (int i = 0; i < BP_ARGS_MAX && info->args[i].type; i++) {
        ret = translate(info, i, args, &to[i]);
        if (ret)
            return ret;
    }
    bp_stat_inc(BP_STAT_HOST_CALLS);
    if (info->disposition != BP_CALL_HOST_SLOW)
        return bp_host(info->host_nr, to[0], to[1], to[2], to[3], to[4], to[5]);
    ret = bp_offload(info->host_nr, to);
    if (ret == -EFBIG) /* ftruncate, fallocate, copy_file_range */
        bp_signal_file_size();
    return ret;
}

/*
 * Whether the call is about a symbolic link at the end of path i itself: always (NAME), or when the
 * program's flags say so, which come after all paths.
 */
static u64 follow_flags(const struct bp_syscall_info *info, int i, const u64 *args)
{
    u64 flags = info->args[i].type == BP_ARG_NAME ? AT_SYMLINK_NOFOLLOW : 0;

    for (int j = i + 1; j < BP_ARGS_MAX; j++) {
        u8 type = info->args[j].type;

        if (type != BP_ARG_ATFLAGS && type != BP_ARG_FACCESS)
            continue;
        if (args[j] & AT_SYMLINK_FOLLOW) /* linkat */
            return 0;
        flags |= args[j] & AT_SYMLINK_NOFOLLOW;
    }
    return flags;
}

long bp_passthrough_at(const struct bp_syscall_info *info, const u64 *args)
{
    enum {
        PATHS_MAX = 2
    };
    struct bp_path paths[PATHS_MAX], *path = paths;
    long to[BP_ARGS_MAX + 1] = {0};
    u64 dirfd = (u64)AT_FDCWD;
    int n = 0;

    if (bp_names_arena(info, args))
        return -EFAULT;
    for (int i = 0; i < BP_ARGS_MAX && info->args[i].type; i++) {
        long ret = 0;

        if (info->args[i].type == BP_ARG_DIRFD) {
            dirfd = args[i];
        } else if (info->args[i].type == BP_ARG_PATH || info->args[i].type == BP_ARG_NAME) {
            ret = bp_path_get_at(path, dirfd, args[i], follow_flags(info, i, args));
            to[n++] = path->dirfd;
            to[n++] = (long)path++->name;
            dirfd = (u64)AT_FDCWD;
        } else {
            ret = translate(info, i, args, &to[n++]);
        }
        if (ret)
            return ret;
    }
    to[n] = info->last;
    bp_stat_inc(BP_STAT_HOST_CALLS);
    return bp_host(info->host_nr, to[0], to[1], to[2], to[3], to[4], to[5]);
}
