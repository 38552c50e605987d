#include "socket/hostfile.h"
#include "base/clock.h"
#include "base/host.h"
#include "base/uaccess.h"
#include "sched/hostfd.h"
#include "sched/offload.h"
#include "socket/fdtable.h"
#include "socket/hostioctl.h"
#include "socket/remote_udp.h"
#include "socket/upcalls.h"
#include "socket/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <linux/magic.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

/* The private side of a description: what the scheduler calls back. One for each host descriptor,
 * by number. */
struct host_wait {
    struct bp_hostfd source;
    struct bp_lock lock; /* before the file's */
    /* In a forked child two descriptions may stand for one descriptor: its own, and its parent's,
     * which an inherited epoll instance watches. That one may end unheard of. */
    struct bp_file *files[2];
    struct bp_file *copy; /* for a child that is about to be forked */
};

enum {
    HOST_FDS_MAX = 1 << 20
};

static struct host_wait *waits; /* reserved address space, touched as needed */

/* The local socket that this process's host descriptor stands beside, by number. Not dropped by a
 * fork: the child has the same descriptors. */
static struct bp_file **beside;

int bp_hostfile_init(void)
{
    long memory =
        bp_host(SYS_mmap, NULL, HOST_FDS_MAX * sizeof(struct host_wait), PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (bp_is_error(memory))
        return (int)memory;
    waits = (struct host_wait *)memory;
    memory = bp_host(SYS_mmap, NULL, HOST_FDS_MAX * sizeof(*beside), PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (bp_is_error(memory))
        return (int)memory;
    beside = (struct bp_file **)memory;
    return 0;
}

/* ---- beside local sockets ---- */

void bp_hostfile_set_beside(struct bp_file *file, int host_fd)
{
    file->host_fd = host_fd;
    if (host_fd < HOST_FDS_MAX)
        beside[host_fd] = file;
}

bool bp_hostfile_is_beside(const struct bp_file *file)
{
    return file->host_fd >= 0 && file->host_fd < HOST_FDS_MAX && beside[file->host_fd] == file;
}

void bp_hostfile_close_beside(struct bp_file *file)
{
    if (!bp_hostfile_is_beside(file))
        return;
    beside[file->host_fd] = NULL;
    bp_hostfile_disarm(file->host_fd);
    bp_host(SYS_close, file->host_fd);
}

/* ---- waiting ---- */

/* Descriptions are never unmapped, so that also an ended one may be asked what it is. */
static void notify_file(struct bp_file *file, int host_fd, u32 events)
{
    bp_lock(&file->lock);
    if (file->host_fd == host_fd && file->kind == BP_FILE_LISTENER)
        file->sock.host_ready = true;
    if (file->host_fd == host_fd)
        bp_notify(file, events);
    bp_unlock(&file->lock);
}

static void notify(struct bp_hostfd *source, u32 events)
{
    struct host_wait *wait = container_of(source, struct host_wait, source);

    bp_lock(&wait->lock);
    for (u32 i = 0; i < ARRAY_SIZE(wait->files); i++) {
        if (wait->files[i])
            notify_file(wait->files[i], source->fd, events);
    }
    bp_unlock(&wait->lock);
}

static bool is_unused(const struct host_wait *wait)
{
    return !wait->files[0] && !wait->files[1];
}

static bool has(const struct host_wait *wait, const struct bp_file *file)
{
    return wait->files[0] == file || wait->files[1] == file;
}

static void attach(struct host_wait *wait, struct bp_file *file)
{
    if (is_unused(wait))
        bp_hostfd_init(&wait->source, file->host_fd, notify);
    wait->files[wait->files[0] ? 1 : 0] = file;
}

int bp_hostfile_arm(struct bp_file *file, u32 events)
{
    struct host_wait *wait;

    if (file->host_fd < 0 || file->host_fd >= HOST_FDS_MAX)
        return -EBADF;
    wait = &waits[file->host_fd];
    if (unlikely(!has(wait, file)))
        attach(wait, file);
    return bp_hostfd_arm(&wait->source,
                         events & ~(u32)(EPOLLET | EPOLLONESHOT | EPOLLEXCLUSIVE | EPOLLWAKEUP));
}

void bp_hostfile_disarm(int host_fd)
{
    struct host_wait *wait;

    if (host_fd < 0 || host_fd >= HOST_FDS_MAX)
        return;
    wait = &waits[host_fd];
    if (is_unused(wait))
        return;
    bp_lock(&wait->lock);
    wait->files[0] = wait->files[1] = NULL;
    bp_unlock(&wait->lock);
    bp_hostfd_disarm(&wait->source);
}

void bp_hostfile_unwatch(struct bp_file *file)
{
    if (file->host_fd >= 0 && file->host_fd < HOST_FDS_MAX && has(&waits[file->host_fd], file))
        bp_hostfile_disarm(file->host_fd);
}

int bp_hostfile_wait(struct bp_file *file, u32 events, u64 deadline)
{
    int ret;

    bp_lock(&file->lock);
    ret = bp_hostfile_arm(file, events | EPOLLRDHUP);
    if (ret) {
        bp_unlock(&file->lock);
        return ret;
    }
    return bp_file_wait(file, events | EPOLLRDHUP, BP_WATCH_THREAD, deadline);
}

u64 bp_hostfile_deadline(const struct bp_file *file, int option)
{
    struct timeval tv = {0};
    u32 len = sizeof(tv);

    if (!option || !file->host.is_socket ||
        bp_host(SYS_getsockopt, file->host_fd, SOL_SOCKET, option, &tv, &len) ||
        (!tv.tv_sec && !tv.tv_usec))
        return BP_NEVER;
    return bp_now() + (u64)tv.tv_sec * BP_NSEC_PER_SEC + (u64)tv.tv_usec * BP_NSEC_PER_USEC;
}

/* Nothing can be had: an edge-triggered watch wants to hear of the next event. */
static void rearm(struct bp_file *file, u32 events)
{
    bp_lock(&file->lock);
    if (!bp_list_empty(&file->watches) && file->host.pollable)
        bp_hostfile_arm(file, events | EPOLLRDHUP);
    bp_unlock(&file->lock);
}

long bp_hostfile_call(struct bp_file *file, u32 events, bool nonblocking, int timeout_option,
                      long nr, const long args[6])
{
    u64 deadline = 0;
    long ret;

    for (;;) {
        ret = bp_host(nr, args[0], args[1], args[2], args[3], args[4], args[5]);
        if (ret != -EAGAIN)
            return ret;
        if (nonblocking) {
            rearm(file, events);
            return ret;
        }
        if (!deadline)
            deadline = bp_hostfile_deadline(file, timeout_option);
        ret = bp_hostfile_wait(file, events, deadline);
        if (ret)
            return ret == -ETIMEDOUT ? -EAGAIN : ret;
    }
}

/* ---- creation and end ---- */

/* Some character devices (/dev/null) cannot be watched: only epoll says so. */
static bool device_can_poll(int host_fd)
{
    struct epoll_event event = {0};
    long epoll = bp_host(SYS_epoll_create1, EPOLL_CLOEXEC), ret;

    if (bp_is_error(epoll))
        return true;
    ret = bp_host(SYS_epoll_ctl, epoll, EPOLL_CTL_ADD, host_fd, &event);
    bp_host(SYS_close, epoll);
    return ret != -EPERM;
}

static bool can_poll(int host_fd, u32 mode)
{
    if (S_ISREG(mode) || S_ISDIR(mode) || S_ISBLK(mode))
        return false;
    return !S_ISCHR(mode) || device_can_poll(host_fd);
}

static void inspect(struct bp_file *file)
{
    struct stat st = {0};
    long flags = bp_host(SYS_fcntl, file->host_fd, F_GETFL);

    bp_host(SYS_fstat, file->host_fd, &st);
    file->host = (struct bp_hostfile){
        .type = st.st_mode & S_IFMT,
        .nonblock = flags & O_NONBLOCK,
        .pollable = can_poll(file->host_fd, st.st_mode),
        .nowait = true,
        .is_socket = S_ISSOCK(st.st_mode),
    };
}

struct bp_file *bp_hostfile_create(int host_fd)
{
    static const u8 access[] = {[O_RDONLY] = BP_MODE_READ,
                                [O_WRONLY] = BP_MODE_WRITE,
                                [O_RDWR] = BP_MODE_READ | BP_MODE_WRITE,
                                [O_ACCMODE] = 0};
    long flags = bp_host(SYS_fcntl, host_fd, F_GETFL);
    struct bp_file *file;

    if (bp_is_error(flags))
        return NULL;
    file = bp_file_create(BP_FILE_HOST, (flags & O_PATH ? 0 : access[flags & O_ACCMODE]) |
                                            (flags & O_NONBLOCK ? BP_MODE_NONBLOCK : 0));
    if (!file)
        return NULL;
    file->host_fd = host_fd;
    file->sock.udp = NULL;
    inspect(file);
    return file;
}

int bp_fd_install_host(int host_fd, int flags)
{
    struct bp_file *file = bp_hostfile_create(host_fd);
    int fd;

    if (!file) {
        bp_host(SYS_close, host_fd);
        return -ENFILE;
    }
    fd = bp_fd_install(file, flags & O_CLOEXEC);
    if (fd < 0)
        bp_file_drop(file);
    return fd;
}

void bp_hostfile_become(struct bp_file *file)
{
    bp_lock(&file->lock);
    inspect(file);
    file->kind = BP_FILE_HOST;
    file->state &= BP_STATE_SECOND;
    bp_notify(file, BP_EVENTS_READ | BP_EVENTS_WRITE | EPOLLHUP | EPOLLERR);
    bp_unlock(&file->lock);
}

void bp_hostfile_release(struct bp_file *file)
{
    if (bp_remote_udp_of(file))
        bp_remote_udp_detach(file);
    bp_hostfile_disarm(file->host_fd);
    bp_host(SYS_close, file->host_fd);
    if (!file->pair_refs)
        bp_file_free(file);
    else if (bp_pair_leave(file)) /* was born as a local socket */
        bp_pair_free(file);
}

void bp_hostfile_forget(struct bp_file *file)
{
    if (!bp_file_leave(file))
        return;
    if (bp_remote_udp_of(file))
        bp_remote_udp_detach(file);
    bp_file_free(file);
}

/* ---- readiness ---- */

static u32 poll_host(const struct bp_file *file, u32 interest)
{
    struct pollfd one = {.fd = file->host_fd, .events = (short)interest};
    struct timespec no_time = {0};

    if (bp_host(SYS_ppoll, &one, 1, &no_time, NULL, 0) <= 0)
        return 0;
    return (u16)one.revents;
}

u32 bp_hostfile_poll(struct bp_file *file, u32 interest)
{
    u32 mask = poll_host(file, interest);

    if (bp_remote_udp_of(file))
        mask = bp_remote_udp_poll(file, mask);
    if (!(mask & (interest | BP_EVENTS_ALWAYS))) {
        bp_lock(&file->lock);
        bp_hostfile_arm(file, interest);
        bp_unlock(&file->lock);
    }
    return mask;
}

/* ---- reading and writing ---- */

/* The buffers left, as the host takes them: the current one starts where the iterator stands. */
static u32 settle(struct bp_iter *it)
{
    size_t sum = 0;
    u32 count = 0;

    it->iov->iov_base = (u8 *)it->iov->iov_base + it->offset;
    it->iov->iov_len -= it->offset;
    it->offset = 0;
    for (; sum < it->left && count < BP_IOV_MAX; count++)
        sum += it->iov[count].iov_len;
    return count;
}

static void advance(struct bp_iter *it, size_t n)
{
    while (n) {
        size_t len;

        bp_iter_piece(it, &len);
        len = BP_MIN(len, n);
        bp_iter_advance(it, len);
        n -= len;
    }
}

static long offload(long nr, long a, long b, long c, long d, long e, long f)
{
    long args[6] = {a, b, c, d, e, f};

    return bp_offload(nr, args);
}

static bool ready_now(const struct bp_file *file, u32 events)
{
    return !file->host.pollable || poll_host(file, events);
}

/* File systems whose files are made up or kept in memory: a read never waits for a device. */
static bool lives_in_memory(int fd)
{
    static const long magics[] = {PROC_SUPER_MAGIC, SYSFS_MAGIC, TMPFS_MAGIC, CGROUP2_SUPER_MAGIC};
    struct statfs fs;

    if (bp_host(SYS_fstatfs, fd, &fs))
        return false;
    for (u32 i = 0; i < ARRAY_SIZE(magics); i++) {
        if (fs.f_type == magics[i])
            return true;
    }
    return false;
}

/* One attempt that does not block the worker. offset -1: the description's own position. */
static long try_rw(struct bp_file *file, struct bp_iter *it, bool writes, s64 offset, u32 flags)
{
    long nr = writes ? SYS_pwritev2 : SYS_preadv2, fd = file->host_fd, ret = -EOPNOTSUPP;
    u32 count = settle(it);

    if (file->host.nonblock)
        return bp_host(nr, fd, it->iov, count, offset, 0, flags);
    if (file->host.nowait)
        ret = bp_host(nr, fd, it->iov, count, offset, 0, flags | RWF_NOWAIT);
    if (ret == -EAGAIN && !file->host.pollable) /* not in the page cache */
        return offload(nr, fd, (long)it->iov, count, offset, 0, flags);
    if (ret != -EOPNOTSUPP)
        return ret;
    if (file->host.nowait) {
        file->host.nowait = false;
        file->host.in_memory = lives_in_memory(fd);
    }
    if (!ready_now(file, writes ? EPOLLOUT : EPOLLIN))
        return -EAGAIN;
    /* Writes go into the page cache, at memory speed. */
    if (!file->host.pollable && (writes || file->host.in_memory))
        return bp_host(nr, fd, it->iov, count, offset, 0, flags);
    return offload(nr, fd, (long)it->iov, count, offset, 0, flags);
}

/* The host's is that of all programs and of the runtime. */
static bool may_transfer_memory(const struct bp_file *file, const struct bp_iter *it, s64 offset)
{
    s64 at = offset < 0 ? bp_host(SYS_lseek, file->host_fd, 0, SEEK_CUR) : offset;

    return bp_upcalls.owns_memory((u64)at, it->left);
}

static long transfer(struct bp_file *file, struct bp_iter *it, bool writes, s64 offset, u32 flags)
{
    u32 events = writes ? EPOLLOUT : EPOLLIN;
    size_t total = 0;
    u64 deadline = 0;
    long ret;

    if (unlikely(file->host.memory) && !may_transfer_memory(file, it, offset))
        return -EIO;
    do {
        ret = try_rw(file, it, writes, offset, flags);
        if (ret > 0) {
            advance(it, (size_t)ret);
            total += (size_t)ret;
            offset += offset >= 0 ? ret : 0;
            /* A short count is the answer, but for what a blocking call would go on with. */
            if (it->left && (writes ? !(file->mode & BP_MODE_NONBLOCK) : !file->host.pollable))
                continue;
        }
        if (ret != -EAGAIN)
            break;
        if (file->mode & BP_MODE_NONBLOCK || flags & RWF_NOWAIT) {
            rearm(file, events);
            break;
        }
        if (!deadline)
            deadline = bp_hostfile_deadline(file, writes ? SO_SNDTIMEO : SO_RCVTIMEO);
        ret = bp_hostfile_wait(file, events, deadline);
        if (ret) {
            ret = ret == -ETIMEDOUT ? -EAGAIN : ret;
            break;
        }
    } while (it->left);
    if (ret == -EPIPE && writes && !total)
        bp_upcalls.signal_self(SIGPIPE);
    if (ret == -EFBIG && writes && !total)
        bp_upcalls.file_too_large();
    return total ? (long)total : ret;
}

long bp_hostfile_read(struct bp_file *file, struct bp_iter *to, u32 flags)
{
    struct bp_remote_udp_arrival arrival;

    if (bp_remote_udp_of(file)) {
        long ret = bp_remote_udp_receive(file, to, flags, &arrival);

        if (!arrival.hosts)
            return ret;
    }
    return transfer(file, to, false, -1, 0);
}

long bp_hostfile_write(struct bp_file *file, struct bp_iter *from, u32 flags)
{
    bool hosts;

    if (bp_remote_udp_of(file)) {
        long ret = bp_remote_udp_send(file, from, &(struct msghdr){0}, flags, &hosts);

        if (!hosts)
            return ret;
    }
    return transfer(file, from, true, -1, 0);
}

long bp_hostfile_pread(struct bp_file *file, struct bp_iter *to, s64 offset, u32 flags)
{
    return transfer(file, to, false, offset, flags);
}

long bp_hostfile_pwrite(struct bp_file *file, struct bp_iter *from, s64 offset, u32 flags)
{
    return transfer(file, from, true, offset, flags);
}

long bp_hostfile_ioctl(struct bp_file *file, u64 cmd, u64 arg)
{
    s64 next = bp_remote_udp_of(file) && cmd == FIONREAD ? bp_remote_udp_next(file) : -1;

    if (next >= 0)
        return bp_put_user32((u32 *)arg, (u32)next);
    return bp_hostioctl(file, cmd, arg);
}

/* ---- fork ---- */

struct bp_file *bp_hostfile_twin(const struct bp_file *file, int host_fd)
{
    struct bp_file *twin = bp_file_create(BP_FILE_HOST, file->mode);

    if (!twin)
        return NULL;
    twin->host_fd = host_fd;
    twin->host = file->host;
    if (BP_HAS_NIC)
        bp_remote_udp_share(twin, file);
    return twin;
}

struct bp_file *bp_hostfile_copy(struct bp_file *file)
{
    struct host_wait *wait = &waits[file->host_fd];
    struct bp_file *copy = wait->copy;

    if (copy) {
        bp_set(copy->refs, copy->refs + 1);
        return copy;
    }
    return wait->copy = bp_hostfile_twin(file, file->host_fd);
}

void bp_hostfile_copied(struct bp_file *file)
{
    waits[file->host_fd].copy = NULL;
}

void bp_hostfiles_forked(void)
{
    bp_host(SYS_madvise, waits, HOST_FDS_MAX * sizeof(struct host_wait), MADV_DONTNEED);
}
