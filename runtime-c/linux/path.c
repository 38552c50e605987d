#include "linux/path.h"
#include "base/host.h"
#include "base/log.h"
#include "base/uaccess.h"
#include "socket/fdtable.h"
#include "socket/hostfile.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>

/* What a name under /proc/self stands for here. */
enum proc_kind {
    OWN_EXE,     /* the program's file, not the launcher's */
    OWN_STANDIN, /* the stand-in process answers for the program */
    OWN_FD,      /* followed by the number of a descriptor of the program */
};

static const struct {
    const char *name;
    enum proc_kind kind;
} proc_names[] = {
    {"exe", OWN_EXE}, {"cmdline", OWN_STANDIN}, {"comm", OWN_STANDIN},
    {"fd/", OWN_FD},  {"fdinfo/", OWN_FD},
};

/* The part of a path behind /proc/self/ or /proc/<own pid>/, or NULL. */
static const char *own_proc_entry(const char *name, const struct bp_proc *proc)
{
    char prefix[32];
    int len;

    if (strncmp(name, "/proc/", 6))
        return NULL;
    if (!strncmp(name + 6, "self/", 5))
        return name + 11;
    len = bp_snprintf(prefix, sizeof(prefix), "/proc/%u/", proc->pid);
    return strncmp(name, prefix, (size_t)len) ? NULL : name + len;
}

static void rewrite_fd(struct bp_path *path, const char *kind, const char *number)
{
    u32 fd = 0;
    int host;

    for (const char *at = number; *at; at++) {
        if (*at < '0' || *at > '9' || fd > 1 << 24)
            return;
        fd = fd * 10 + (u32)(*at - '0');
    }
    host = bp_host_fd((int)fd);
    if (*number && host >= 0)
        bp_snprintf(path->name, sizeof(path->name), "/proc/self/%s%d", kind, host);
}

static void rewrite_own_proc(struct bp_path *path)
{
    const struct bp_proc *proc = bp_current_proc();
    const char *entry = own_proc_entry(path->name, proc);

    if (likely(!entry))
        return;
    for (u32 i = 0; i < ARRAY_SIZE(proc_names); i++) {
        size_t len = strlen(proc_names[i].name);

        if (strncmp(entry, proc_names[i].name, len))
            continue;
        if (proc_names[i].kind == OWN_FD)
            rewrite_fd(path, proc_names[i].name, entry + len);
        else if (entry[len])
            return;
        else if (proc_names[i].kind == OWN_EXE)
            bp_snprintf(path->name, sizeof(path->name), "%s", proc->exe);
        else
            bp_snprintf(path->name, sizeof(path->name), "/proc/%u/%s", proc->pid,
                        proc_names[i].name);
        return;
    }
    /* Everything else describes the whole runtime's process, which holds the program's memory and
     * threads. */
    if (strncmp(path->name, "/proc/self/", 11)) {
        size_t len = strlen(entry);

        memmove(path->name + 11, entry, len + 1);
        memcpy(path->name, "/proc/self/", 11);
    }
}

long bp_path_get(struct bp_path *path, u64 dirfd, u64 user_name)
{
    long len = bp_copy_string(path->name, (const char *)user_name, sizeof(path->name));

    path->dirfd = bp_current_proc()->cwd_fd;
    if (len < 0)
        return len;
    if (path->name[0] == '/') {
        rewrite_own_proc(path);
    } else if ((int)dirfd != AT_FDCWD) {
        path->dirfd = bp_host_fd((int)dirfd);
        if (path->dirfd < 0)
            return -EBADF;
    }
    return 0;
}

long bp_path_get_nullable(struct bp_path *path, u64 dirfd, u64 user_name, bool *is_null)
{
    *is_null = !user_name;
    if (user_name)
        return bp_path_get(path, dirfd, user_name);
    path->dirfd = (int)dirfd == AT_FDCWD ? bp_current_proc()->cwd_fd : bp_host_fd((int)dirfd);
    return path->dirfd < 0 ? -EBADF : 0;
}
