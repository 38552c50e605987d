/*
 * /proc/self as a program knows it. Programs share a host process, so the host's /proc/self shows
 * the runtime; proc(5) promises each program its own. Names that mean the calling program
 * (/proc/self, /proc/thread-self, /proc/<own id>, task/<own thread>, and /dev/fd, /dev/stdin, ...)
 * are found here and settled by a table:
 *
 *   links    exe, cwd, root, fd/N: where they lead, and what readlink(2) tells
 *   texts    maps, status, ...: made when they are opened (linux/procfs_text.h)
 *   lists    fd, fdinfo, task: directories whose entries getdents(2) makes up
 *   the rest is that of the stand-in process (mounts, cgroup, oom_score_adj), and a few that are
 *   about memory (mem, pagemap) that of the runtime's process
 *
 * Only the plain spelling is known: "/proc//self" and names relative to a working directory in
 * /proc are the host's. Other programs' ids too: their stand-ins answer.
 */
#ifndef BP_LINUX_PROCFS_H
#define BP_LINUX_PROCFS_H

#include "linux/task.h"

struct bp_path;
struct bp_file;
struct bp_text;

enum {
    /* The one descriptor of every stand-in process, a socket (main/standin.c): fused descriptors,
     * which the host does not know, borrow its attributes. */
    BP_STANDIN_SOCKET = 3,
};

/* Directories that descriptors remember (bp_hostfile.proc_dir): names relative to them are known
 * too. */
enum bp_procfs_dir {
    BP_PROCFS_NO_DIR,
    BP_PROCFS_TOP, /* /proc */
    BP_PROCFS_SELF,
    BP_PROCFS_FD,
    BP_PROCFS_FDINFO,
    BP_PROCFS_TASK,
};

/* What a path means, beside the name that the host gets for it. */
struct bp_procfs {
    const struct bp_procfs_entry *entry; /* NULL: nothing special */
    const struct bp_task *task;          /* the thread it is about */
    u32 fd;                              /* fd/N, fdinfo/N */
};

/* What names relative to such a directory begin with, when they are made absolute. */
const char *bp_procfs_prefix(enum bp_procfs_dir dir);

/*
 * Looks at an absolute path of the current program: fills path->own and rewrites path->name to what
 * the host is to be asked. follow: whether the call follows a symbolic link at the end.
 */
void bp_procfs_resolve(struct bp_path *path, bool follow);

/*
 * readlink(2) of an entry. Returns the length of what buf received (cut off at size), or negative
 * errno; -EOPNOTSUPP when the host's answer for path->name is right.
 */
long bp_procfs_readlink(const struct bp_path *path, char *buf, size_t size);

/*
 * open(2) of an entry, before the host is asked. Returns a host descriptor (O_CLOEXEC), negative
 * errno, or -EOPNOTSUPP when the host is to open path->name.
 */
long bp_procfs_open(const struct bp_path *path, u64 flags);

/* The directory that an opened path is, for the new descriptor to remember. */
enum bp_procfs_dir bp_procfs_dir_of(const struct bp_path *path);

/* Whether it is /proc/self/mem (bp_hostfile.memory). */
bool bp_procfs_is_memory(const struct bp_path *path);

/* True when path leads through fd/N to a descriptor that the host knows nothing of. */
bool bp_procfs_is_fused(const struct bp_path *path);

/*
 * getdents64(2) and getdents(2) of a descriptor whose proc_dir is a list. The position is the host
 * descriptor's. Returns bytes, 0 at the end, -EINVAL (no room for one entry), -EFAULT.
 */
long bp_procfs_list(const struct bp_file *dir, u64 user, u32 size, bool old_layout);

/* Remembers where the arguments, the environment and the auxiliary vector of a program that is
 * about to begin lie; sp is its first stack pointer. */
void bp_procfs_started(struct bp_proc *proc, u64 sp);

#endif
