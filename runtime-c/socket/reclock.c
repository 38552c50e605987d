#include "socket/reclock.h"
#include "base/host.h"
#include "base/list.h"
#include "base/log.h"
#include "base/proc_dir.h"
#include "base/uaccess.h"
#include "sched/offload.h"
#include "socket/upcalls.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    LOCKED_FILES_MAX = 1024, /* of all programs together */
};

struct inode {
    u64 dev, ino;
};

/* A program and a file that it has locked, or tried to. */
struct owner {
    struct bp_fdtable *table; /* NULL: free */
    u32 pid;
    struct inode inode;
    int fd; /* the private description */
};

/* A thread that waits for a neighbour's lock; on its handler stack. */
struct waiter {
    struct bp_list node;
    const struct bp_fdtable *table, *holder;
    struct inode inode;
    struct bp_thread *thread;
};

static struct owner owners[LOCKED_FILES_MAX];
static u32 owners_end; /* no entry at or above it was ever used */
static struct bp_list waiters = {&waiters, &waiters};
static struct bp_lock lock; /* all of the above */

static bool same(struct inode a, struct inode b)
{
    return a.dev == b.dev && a.ino == b.ino;
}

static struct inode inode_of(int fd)
{
    struct stat st = {0};

    bp_host(SYS_fstat, fd, &st);
    return (struct inode){st.st_dev, st.st_ino};
}

/* ---- owners; the lock is held ---- */

static struct owner *find(const struct bp_fdtable *table, struct inode inode)
{
    for (u32 i = 0; i < owners_end; i++) {
        if (owners[i].table == table && same(owners[i].inode, inode))
            return &owners[i];
    }
    return NULL;
}

static struct owner *find_free(void)
{
    for (u32 i = 0; i < LOCKED_FILES_MAX; i++) {
        if (!owners[i].table) {
            owners_end = BP_MAX(owners_end, i + 1);
            return &owners[i];
        }
    }
    return NULL;
}

/* For both kinds of locks when the program may, so that it lasts for whatever comes later. */
static long reopen(const struct bp_file *file)
{
    char link[40];
    long fd;

    bp_snprintf(link, sizeof(link), "self/fd/%d", file->host_fd);
    fd = bp_host(SYS_openat, bp_proc_dir(), link, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        fd = bp_host(SYS_openat, bp_proc_dir(), link,
                     (file->mode & BP_MODE_WRITE ? O_WRONLY : O_RDONLY) | O_CLOEXEC);
    return fd;
}

/* The private description of the current program. Returns it or negative errno. */
static long own_description(const struct bp_file *file, struct inode inode)
{
    struct bp_fdtable *table = bp_current()->fds;
    struct owner *owner = find(table, inode);
    struct bp_cred cred;
    long fd;

    if (owner)
        return owner->fd;
    owner = find_free();
    if (!owner)
        return -ENOLCK;
    fd = reopen(file);
    if (fd < 0)
        return fd == -EMFILE || fd == -ENFILE ? -ENOLCK : fd;
    bp_upcalls.credentials(&cred);
    *owner = (struct owner){table, cred.pid, inode, (int)fd};
    table->record_locks++;
    return fd;
}

/*
 * Who of the neighbours holds a lock that the host has shown: its own descriptions do not conflict
 * with it. NULL when it is an outsider's. Of several readers any one.
 */
static const struct owner *holder_of(struct inode inode, const struct flock *shown)
{
    for (u32 i = 0; i < owners_end; i++) {
        struct flock probe = *shown;

        if (!owners[i].table || owners[i].table == bp_current()->fds ||
            !same(owners[i].inode, inode))
            continue;
        probe.l_type = shown->l_type == F_RDLCK ? F_WRLCK : F_RDLCK;
        probe.l_pid = 0;
        if (bp_host(SYS_fcntl, owners[i].fd, F_OFD_GETLK, &probe) || probe.l_type == F_UNLCK ||
            shown->l_type == F_RDLCK)
            return &owners[i];
    }
    return NULL;
}

/* Something became free. */
static void wake(struct inode inode)
{
    bp_list_for_each (node, &waiters) {
        struct waiter *waiter = bp_list_entry(node, struct waiter, node);

        if (same(waiter->inode, inode))
            bp_unpark(waiter->thread);
    }
}

static void drop(struct owner *owner)
{
    struct inode inode = owner->inode;

    bp_host(SYS_close, owner->fd);
    owner->table->record_locks--;
    owner->table = NULL;
    wake(inode);
}

void bp_reclock_closed(struct bp_fdtable *table, const struct bp_file *file)
{
    struct owner *owner;

    if (file->kind != BP_FILE_HOST || file->host.type != S_IFREG)
        return;
    bp_lock(&lock);
    owner = find(table, inode_of(file->host_fd));
    if (owner)
        drop(owner);
    bp_unlock(&lock);
}

void bp_reclock_end(struct bp_fdtable *table)
{
    bp_lock(&lock);
    for (u32 i = 0; table->record_locks && i < owners_end; i++) {
        if (owners[i].table == table)
            drop(&owners[i]);
    }
    bp_unlock(&lock);
}

void bp_reclock_forget(void)
{
    for (u32 i = 0; i < owners_end; i++) {
        if (!owners[i].table)
            continue;
        bp_host(SYS_close, owners[i].fd);
        owners[i].table->record_locks = 0;
        owners[i].table = NULL;
    }
    bp_list_init(&waiters);
}

/* ---- waiting ---- */

/* Whether the holder waits, perhaps by way of others, for the current program. */
static bool is_deadlock(const struct bp_fdtable *holder)
{
    for (u32 steps = 0; holder && steps < LOCKED_FILES_MAX; steps++) {
        const struct bp_fdtable *next = NULL;

        if (holder == bp_current()->fds)
            return true;
        bp_list_for_each (node, &waiters) {
            const struct waiter *waiter = bp_list_entry(node, struct waiter, node);

            next = waiter->table == holder ? waiter->holder : next;
        }
        holder = next;
    }
    return false;
}

/* Parks until a neighbour gives something up. The lock is held, and dropped meanwhile. */
static int wait_for_neighbour(const struct owner *holder, struct inode inode)
{
    struct waiter waiter = {.table = bp_current()->fds,
                            .holder = holder->table,
                            .inode = inode,
                            .thread = bp_current()};
    int ret;

    if (is_deadlock(holder->table))
        return -EDEADLK;
    bp_list_add_tail(&waiters, &waiter.node);
    bp_park_begin();
    bp_unlock(&lock);
    ret = bp_park(BP_NEVER);
    bp_lock(&lock);
    bp_list_del(&waiter.node);
    return ret;
}

static long wait_for_outsider(long fd, struct flock *flock)
{
    const long args[6] = {fd, F_OFD_SETLKW, (long)flock};
    long ret;

    bp_unlock(&lock);
    ret = bp_offload_interruptible(SYS_fcntl, args);
    bp_lock(&lock);
    return ret;
}

/* ---- the calls; the lock is held ---- */

static long set(const struct bp_file *file, struct inode inode, struct flock *flock, bool waits)
{
    for (;;) {
        long fd = own_description(file, inode), ret;
        const struct owner *holder;
        struct flock shown = *flock;

        if (fd < 0)
            return fd;
        ret = bp_host(SYS_fcntl, fd, F_OFD_SETLK, flock);
        if (!ret)
            wake(inode); /* a part may have become free, or shared */
        if (ret != -EAGAIN || !waits)
            return ret;
        ret = bp_host(SYS_fcntl, fd, F_OFD_GETLK, &shown);
        if (ret)
            return ret;
        if (shown.l_type == F_UNLCK)
            continue;
        holder = holder_of(inode, &shown);
        if (!holder)
            return wait_for_outsider(fd, flock);
        ret = wait_for_neighbour(holder, inode);
        if (ret)
            return ret;
    }
}

static long get(const struct bp_file *file, struct inode inode, struct flock *flock)
{
    const struct owner *own = find(bp_current()->fds, inode), *holder;
    long ret;

    if (flock->l_type == F_UNLCK)
        return -EINVAL;
    ret = bp_host(SYS_fcntl, own ? own->fd : file->host_fd, F_OFD_GETLK, flock);
    if (!ret && flock->l_type != F_UNLCK && flock->l_pid == -1) {
        holder = holder_of(inode, flock);
        flock->l_pid = holder ? (pid_t)holder->pid : -1;
    }
    return ret;
}

/* Linux checks this of the descriptor that the program named. */
static long check_access(const struct bp_file *file, const struct flock *flock)
{
    u8 needed = flock->l_type == F_RDLCK   ? BP_MODE_READ
                : flock->l_type == F_WRLCK ? BP_MODE_WRITE
                                           : 0;

    return file->mode & needed || !needed ? 0 : -EBADF;
}

long bp_reclock(struct bp_file *file, u32 cmd, u64 user_flock)
{
    struct inode inode = inode_of(file->host_fd);
    struct flock flock;
    long ret;

    if (bp_copy(&flock, (const void *)user_flock, sizeof(flock)))
        return -EFAULT;
    if (flock.l_whence == SEEK_CUR) { /* the private description has a position of its own */
        long at = bp_host(SYS_lseek, file->host_fd, 0, SEEK_CUR);

        if (at < 0 || __builtin_add_overflow(flock.l_start, at, &flock.l_start))
            return at < 0 ? at : -EOVERFLOW;
        flock.l_whence = SEEK_SET;
    }
    flock.l_pid = 0; /* must be, of the host's kind; is not looked at in this one */
    ret = cmd == F_GETLK ? 0 : check_access(file, &flock);
    if (ret)
        return ret;
    bp_lock(&lock);
    ret = cmd == F_GETLK ? get(file, inode, &flock) : set(file, inode, &flock, cmd == F_SETLKW);
    bp_unlock(&lock);
    if (!ret && cmd == F_GETLK && bp_copy((void *)user_flock, &flock, sizeof(flock)))
        return -EFAULT;
    return ret;
}
