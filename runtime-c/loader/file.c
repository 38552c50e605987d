#include "loader/file.h"
#include "base/host.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct {
    int err;
    const char *sentence;
} reasons[] = {
    {-ENOENT, "no such file"},
    {-ENOTDIR, "a part of its path is not a directory"},
    {-EACCES, "no permission to reach it"},
    {-ELOOP, "too many symbolic links"},
    {-ENAMETOOLONG, "its path is too long"},
    {-EMFILE, "the runtime has too many open files"},
    {-ENFILE, "the host has too many open files"},
    {0, "it cannot be opened"}, /* any other */
};

static int refuse(const char **why, int err, const char *sentence)
{
    *why = sentence;
    return err;
}

static int refuse_path(const char **why, int err)
{
    u32 i = 0;

    while (reasons[i].err && reasons[i].err != err)
        i++;
    return refuse(why, err, reasons[i].sentence);
}

static int require_regular(const struct stat *st, const char **why)
{
    if (S_ISDIR(st->st_mode))
        return refuse(why, -EACCES, "it is a directory");
    if (!S_ISREG(st->st_mode))
        return refuse(why, -EACCES, "it is not a regular file");
    return 0;
}

/*
 * Whether the host's execve would raise privileges: set-user-ID, set-group-ID, file capabilities.
 * It never does for files of a nosuid mount and under no_new_privs; and root has nothing to gain
 * from capabilities.
 */
static bool gains_privileges(int fd, const struct stat *st)
{
    u32 euid = (u32)bp_host(SYS_geteuid);
    bool group = (st->st_mode & S_ISGID) && (st->st_mode & S_IXGRP);
    struct statfs fs;

    if (bp_host(SYS_fstatfs, fd, &fs) || fs.f_flags & ST_NOSUID ||
        bp_host(SYS_prctl, PR_GET_NO_NEW_PRIVS) == 1)
        return false;
    if ((st->st_mode & S_ISUID && st->st_uid != euid) ||
        (group && st->st_gid != (u32)bp_host(SYS_getegid)))
        return true;
    return euid && bp_host(SYS_fgetxattr, fd, "security.capability", NULL, 0) > 0;
}

static int check_open(struct bp_exec_file *file, const char **why)
{
    struct stat st;
    long ret = bp_host(SYS_fstat, file->fd, &st);

    if (ret)
        return refuse_path(why, (int)ret);
    ret = require_regular(&st, why);
    if (ret)
        return (int)ret;
    if (bp_host(SYS_faccessat2, file->fd, "", X_OK, AT_EMPTY_PATH | AT_EACCESS))
        return refuse(why, -EACCES, "no permission to execute it");
    file->size = (u64)st.st_size;
    file->privileged = gains_privileges(file->fd, &st);
    memset(file->head, 0, sizeof(file->head));
    ret = bp_host(SYS_pread64, file->fd, file->head, BP_EXEC_HEAD, 0);
    return ret < 0 ? refuse(why, (int)ret, "it cannot be read") : 0;
}

int bp_exec_open(struct bp_exec_file *file, int dirfd, const char *path, const char **why)
{
    struct stat st;
    long ret;

    /* Asked first because opening a device may already do something, and opening a FIFO waits. */
    ret = bp_host(SYS_newfstatat, dirfd, path, &st, 0);
    if (ret)
        return refuse_path(why, (int)ret);
    ret = require_regular(&st, why);
    if (ret)
        return (int)ret;
    ret = bp_host(SYS_openat, dirfd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (ret == -EACCES)
        return refuse(why, -EACCES, "no permission to read it, which the runtime must to load it");
    if (ret < 0)
        return refuse_path(why, (int)ret);
    file->fd = (int)ret;
    ret = check_open(file, why);
    if (ret)
        bp_exec_close(file);
    return (int)ret;
}

void bp_exec_close(struct bp_exec_file *file)
{
    bp_host(SYS_close, file->fd);
    file->fd = -1;
}
