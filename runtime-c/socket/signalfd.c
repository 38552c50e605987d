/*
 * Signal descriptors. A description holds nothing but a set: what is pending belongs to whoever
 * reads or polls, thread and process, and the personality keeps it (upcalls). So the descriptions
 * that exist are listed, and each signal that becomes pending is announced to those that want it.
 */
#include "socket/signalfd.h"
#include "base/uaccess.h"
#include "memory/arena.h"
#include "socket/fdtable.h"
#include "socket/iter.h"
#include "socket/siginfo.h"
#include "socket/socket_calls.h"
#include "socket/upcalls.h"
#include "socket/watch.h"

#include <errno.h>
#include <signal.h>
#include <sys/signalfd.h>

/* In the arena: every description, of all processes. */
struct table {
    struct bp_lock lock; /* before the lock of a file */
    struct bp_list files;
};

static struct table *table;

#define UNBLOCKABLE (1ULL << (SIGKILL - 1) | 1ULL << (SIGSTOP - 1))

int bp_signalfd_init(void)
{
    table = bp_arena_alloc(sizeof(*table));
    if (!table)
        return -ENOMEM;
    bp_list_init(&table->files);
    return 0;
}

/* ---- calls ---- */

static long create(u64 set, u64 flags)
{
    struct bp_file *file =
        bp_file_create(BP_FILE_SIGNALFD, BP_MODE_READ | BP_MODE_WRITE |
                                             (flags & SFD_NONBLOCK ? BP_MODE_NONBLOCK : 0));
    int fd;

    if (!file)
        return -ENOMEM;
    file->signalfd.set = set;
    bp_lock(&table->lock);
    bp_link_tail(&table->files, &file->signalfd.node);
    bp_unlock(&table->lock);
    fd = bp_fd_install(file, flags & SFD_CLOEXEC);
    if (fd < 0)
        bp_file_drop(file);
    return fd;
}

static long change(u64 fd, u64 set)
{
    struct bp_file *file = bp_fd_get(fd);
    long ret = (int)fd;

    if (!file)
        return -EBADF;
    if (file->kind == BP_FILE_SIGNALFD) {
        bp_lock(&file->lock);
        file->signalfd.set = set;
        bp_notify(file, EPOLLIN);
        bp_unlock(&file->lock);
    } else {
        ret = -EINVAL;
    }
    bp_fd_put(file);
    return ret;
}

long bp_sys_signalfd4(u64 fd, u64 user_set, u64 size, u64 flags)
{
    u64 set;

    if (size != sizeof(set))
        return -EINVAL;
    if (bp_get_user64(&set, (u64 *)user_set))
        return -EFAULT;
    if ((u32)flags & ~(u32)(SFD_CLOEXEC | SFD_NONBLOCK))
        return -EINVAL;
    set &= ~UNBLOCKABLE;
    return (int)fd == -1 ? create(set, flags) : change(fd, set);
}

long bp_sys_signalfd(u64 fd, u64 user_set, u64 size)
{
    return bp_sys_signalfd4(fd, user_set, size, 0);
}

/* ---- reading ---- */

/* Waits until the caller has something to take, perhaps. Returns 0 or negative errno. */
static long wait_pending(struct bp_file *file)
{
    bp_lock(&file->lock);
    if (!(bp_upcalls.pending_signals() & file->signalfd.set))
        return bp_file_wait(file, EPOLLIN, BP_WATCH_THREAD, BP_NEVER);
    bp_unlock(&file->lock);
    return 0;
}

static long take_first(struct bp_file *file, siginfo_t *info)
{
    long ret = 0;

    while (!ret && !bp_upcalls.take_signal(READ_ONCE(file->signalfd.set), info))
        ret = file->mode & BP_MODE_NONBLOCK ? -EAGAIN : wait_pending(file);
    return ret;
}

/* What does not fit any more stays pending; what faults is lost, as in Linux. */
long bp_signalfd_read(struct bp_file *file, struct bp_iter *to, u32 flags)
{
    struct signalfd_siginfo record;
    siginfo_t info;
    long total = 0, ret;

    (void)flags;
    if (to->left < sizeof(record))
        return -EINVAL;
    ret = take_first(file, &info);
    while (!ret) {
        bp_siginfo_to_signalfd(&record, &info);
        ret = bp_iter_put(to, &record, sizeof(record));
        if (ret)
            break;
        total += (long)sizeof(record);
        if (to->left < sizeof(record) ||
            !bp_upcalls.take_signal(READ_ONCE(file->signalfd.set), &info))
            break;
    }
    return total ? total : ret;
}

/* ---- readiness ---- */

u32 bp_signalfd_poll(struct bp_file *file, u32 interest)
{
    return bp_upcalls.pending_signals() & READ_ONCE(file->signalfd.set) ? EPOLLIN & interest : 0;
}

void bp_signalfd_announce(u64 signal_bit)
{
    if (bp_list_empty(&table->files)) /* one that is about to come looks for itself */
        return;
    bp_lock(&table->lock);
    bp_list_for_each (node, &table->files) {
        struct bp_file *file = bp_list_entry(node, struct bp_file, signalfd.node);

        bp_lock(&file->lock);
        if (file->signalfd.set & signal_bit)
            bp_notify(file, EPOLLIN);
        bp_unlock(&file->lock);
    }
    bp_unlock(&table->lock);
}

void bp_signalfd_release(struct bp_file *file)
{
    bp_lock(&table->lock);
    bp_unlink(&file->signalfd.node);
    bp_unlock(&table->lock);
    bp_file_free(file);
}
