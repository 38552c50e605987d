#include "socket/userfault.h"
#include "base/host.h"
#include "base/uaccess.h"
#include "socket/fdtable.h"
#include "socket/iter.h"
#include "socket/socket_calls.h"
#include "socket/upcalls.h"
#include "socket/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

/* Those that need the host's own queue (events of fork, mremap, ...), or tell apart what SIGBUS
 * does not (minor faults), are not offered. */
#define FEATURES                                                                       \
    ((u64)(UFFD_FEATURE_PAGEFAULT_FLAG_WP | UFFD_FEATURE_MISSING_HUGETLBFS |           \
           UFFD_FEATURE_MISSING_SHMEM | UFFD_FEATURE_SIGBUS | UFFD_FEATURE_THREAD_ID | \
           UFFD_FEATURE_EXACT_ADDRESS))
#define MODES ((u64)(UFFDIO_REGISTER_MODE_MISSING | UFFDIO_REGISTER_MODE_WP))

enum {
    INSTANCES_MAX = 64, /* descriptors of one host process; more: EMFILE */
    RANGES_MAX = 1024,
    FAULTS_MAX = 1024, /* threads that wait; further ones fault again until there is room */

    ERROR_PRESENT = 1, /* of a page fault's error code */
    ERROR_WRITE = 2,
};

static struct instance {
    struct bp_file *file; /* NULL: not in use */
    bool ready;           /* UFFDIO_API was made */
    u64 features;
    u32 unread; /* faults; changed with the file locked, too */
} instances[INSTANCES_MAX];

static struct range {
    u64 start, end; /* start == end: not in use */
    u64 mode;
    struct instance *instance;
} ranges[RANGES_MAX];

static struct fault {
    struct instance *instance; /* NULL: not in use */
    struct bp_thread *thread;
    bool read;
    u32 tid;
    u64 addr, flags;
    u64 number; /* never used twice; lower ones are read first */
} faults[FAULTS_MAX];

static struct bp_lock lock; /* of all three; before a file's */
static u32 nr_ranges;       /* in use */
static u64 faults_so_far;

/* ---- instances ---- */

static struct instance *instance_of(const struct bp_file *file)
{
    for (u32 i = 0; i < INSTANCES_MAX; i++) {
        if (instances[i].file == file)
            return &instances[i];
    }
    return NULL;
}

static struct instance *claim_instance(struct bp_file *file)
{
    struct instance *instance;

    bp_lock(&lock);
    instance = instance_of(NULL);
    if (instance) {
        *instance = (struct instance){.file = file};
    }
    bp_unlock(&lock);
    return instance;
}

static long install(long host_fd, u64 flags)
{
    struct bp_file *file = bp_file_create(
        BP_FILE_USERFAULT, BP_MODE_READ | (flags & O_NONBLOCK ? BP_MODE_NONBLOCK : 0));
    int fd;

    if (!file) {
        bp_host(SYS_close, host_fd);
        return -ENOMEM;
    }
    file->host_fd = (int)host_fd;
    if (!claim_instance(file)) {
        bp_host(SYS_close, host_fd);
        bp_file_free(file);
        return -EMFILE;
    }
    fd = bp_fd_install(file, flags & O_CLOEXEC);
    if (fd < 0)
        bp_file_drop(file);
    return fd;
}

long bp_sys_userfaultfd(u64 flags)
{
    long host_fd;

    if (flags & ~(u64)(O_CLOEXEC | O_NONBLOCK | UFFD_USER_MODE_ONLY))
        return -EINVAL;
    if (!(flags & UFFD_USER_MODE_ONLY))
        return -EPERM;
    host_fd = bp_host(SYS_userfaultfd, flags | O_CLOEXEC);
    return bp_is_error(host_fd) ? host_fd : install(host_fd, flags);
}

/* ---- registered memory; lock held ---- */

static struct range *find_unused_range(void)
{
    for (u32 i = 0; i < RANGES_MAX; i++) {
        if (ranges[i].start == ranges[i].end)
            return &ranges[i];
    }
    return NULL;
}

static bool add_range(u64 start, u64 end, u64 mode, struct instance *instance)
{
    struct range *range = find_unused_range();

    if (!range)
        return false;
    *range = (struct range){start, end, mode, instance};
    nr_ranges++;
    return true;
}

/* What overlaps [start, end) ends there; false when a rest finds no room. */
static bool cut_ranges(u64 start, u64 end)
{
    bool whole = true;

    for (u32 i = 0; i < RANGES_MAX; i++) {
        struct range *range = &ranges[i], old = *range;

        if (old.start >= end || old.end <= start || old.start == old.end)
            continue;
        range->end = range->start;
        nr_ranges--;
        if (old.start < start)
            whole &= add_range(old.start, start, old.mode, old.instance);
        if (old.end > end)
            whole &= add_range(end, old.end, old.mode, old.instance);
    }
    return whole;
}

void bp_userfault_unmapped(u64 addr, u64 len)
{
    if (likely(!READ_ONCE(nr_ranges)))
        return;
    bp_lock(&lock);
    cut_ranges(addr, addr + BP_ALIGN_UP(len, (u64)BP_PAGE_SIZE));
    bp_unlock(&lock);
}

/* ---- faults; lock held ---- */

static struct fault *find_unused_fault(void)
{
    for (u32 i = 0; i < FAULTS_MAX; i++) {
        if (!faults[i].instance)
            return &faults[i];
    }
    return NULL;
}

static const struct range *find_range(u64 addr)
{
    for (u32 i = 0; i < RANGES_MAX; i++) {
        if (addr - ranges[i].start < ranges[i].end - ranges[i].start)
            return &ranges[i];
    }
    return NULL;
}

static u64 flags_of(u64 error, u64 mode)
{
    bool protected = mode & UFFDIO_REGISTER_MODE_WP &&
                     (error & ERROR_PRESENT || !(mode & UFFDIO_REGISTER_MODE_MISSING));

    return (error & ERROR_WRITE ? UFFD_PAGEFAULT_FLAG_WRITE : 0) |
           (protected ? UFFD_PAGEFAULT_FLAG_WP : 0);
}

static void count_unread(struct instance *instance, int change)
{
    bp_lock(&instance->file->lock);
    instance->unread += (u32)change;
    if (change > 0)
        bp_notify(instance->file, BP_EVENTS_READ);
    bp_unlock(&instance->file->lock);
}

/* The thread will fault again, if it still has to. */
static void end_fault(struct fault *fault)
{
    if (!fault->read)
        count_unread(fault->instance, -1);
    fault->instance = NULL;
}

static struct fault *tell(u64 addr, u64 error, u32 tid, const struct range *range)
{
    struct fault *fault = find_unused_fault();
    u64 exact = range->instance->features & UFFD_FEATURE_EXACT_ADDRESS;

    if (!fault)
        return NULL;
    *fault = (struct fault){
        .instance = range->instance,
        .thread = bp_current(),
        .tid = tid,
        .addr = exact ? addr : addr & ~(BP_PAGE_SIZE - 1ULL),
        .flags = flags_of(error, range->mode),
        .number = ++faults_so_far,
    };
    count_unread(fault->instance, 1);
    return fault;
}

bool bp_userfault_wait(u64 addr, u64 error, u32 tid)
{
    const struct range *range;
    struct fault *fault = NULL;
    u64 number = 0;
    int ret = 0;

    if (likely(!READ_ONCE(nr_ranges)))
        return false;
    bp_lock(&lock);
    range = find_range(addr);
    if (range)
        fault = tell(addr, error, tid, range);
    if (fault)
        number = fault->number;
    while (fault && fault->instance && fault->number == number && !ret) {
        bp_park_begin();
        bp_unlock(&lock);
        ret = bp_park(BP_NEVER);
        bp_lock(&lock);
    }
    if (fault && fault->instance && fault->number == number) /* interrupted */
        end_fault(fault);
    bp_unlock(&lock);
    return range;
}

/* Those who faulted in [start, end) of what the instance serves. */
static void wake(const struct instance *instance, u64 start, u64 end)
{
    for (u32 i = 0; i < FAULTS_MAX; i++) {
        struct fault *fault = &faults[i];

        if (fault->instance != instance || fault->addr < start || fault->addr >= end)
            continue;
        end_fault(fault);
        bp_unpark(fault->thread);
    }
}

/* ---- what the descriptor does ---- */

/* The next to be told of, or NULL. Lock held. */
static struct fault *first_unread(const struct instance *instance)
{
    struct fault *first = NULL;

    for (u32 i = 0; i < FAULTS_MAX; i++) {
        struct fault *fault = &faults[i];

        if (fault->instance == instance && !fault->read &&
            (!first || fault->number < first->number))
            first = fault;
    }
    return first;
}

/* As many messages as there are and fit. Lock held. */
static long take_messages(struct instance *instance, struct bp_iter *to)
{
    struct fault *fault;
    long taken = 0;

    while (to->left >= sizeof(struct uffd_msg) && (fault = first_unread(instance))) {
        struct uffd_msg message = {.event = UFFD_EVENT_PAGEFAULT};

        message.arg.pagefault.flags = fault->flags;
        message.arg.pagefault.address = fault->addr;
        if (instance->features & UFFD_FEATURE_THREAD_ID)
            message.arg.pagefault.feat.ptid = fault->tid;
        if (bp_iter_put(to, &message, sizeof(message)))
            return taken ? taken : -EFAULT;
        fault->read = true;
        count_unread(instance, -1);
        taken += (long)sizeof(message);
    }
    return taken;
}

/* Until there may be something to read. */
static long wait_unread(const struct instance *instance)
{
    struct bp_file *file = instance->file;

    bp_lock(&file->lock);
    if (!instance->unread)
        return bp_file_wait(file, EPOLLIN, BP_WATCH_THREAD, BP_NEVER);
    bp_unlock(&file->lock);
    return 0;
}

long bp_userfault_read(struct bp_file *file, struct bp_iter *to, u32 flags)
{
    struct instance *instance = instance_of(file);
    long ret, waited = 0;

    (void)flags;
    if (!instance)
        return -EBADF;
    if (!instance->ready || to->left < sizeof(struct uffd_msg))
        return -EINVAL;
    for (;;) {
        bp_lock(&lock);
        ret = take_messages(instance, to);
        bp_unlock(&lock);
        if (ret || waited)
            return ret ? ret : waited;
        if (file->mode & BP_MODE_NONBLOCK)
            return -EAGAIN;
        waited = wait_unread(instance);
    }
}

/* Linux wants O_NONBLOCK of those who poll. */
u32 bp_userfault_poll(struct bp_file *file, u32 interest)
{
    const struct instance *instance = instance_of(file);

    if (!instance || !instance->ready || !(file->mode & BP_MODE_NONBLOCK))
        return EPOLLERR;
    return READ_ONCE(instance->unread) ? BP_EVENTS_READ & interest : 0;
}

/* ---- ioctl(2) ---- */

static long host_ioctl(struct instance *instance, u64 cmd, void *arg)
{
    return bp_host(SYS_ioctl, instance->file->host_fd, cmd, arg);
}

static long begin(struct instance *instance, u64 user)
{
    struct uffdio_api api;
    u64 asked;
    long ret;

    if (bp_copy(&api, (void *)user, sizeof(api)))
        return -EFAULT;
    asked = api.features;
    api.features = asked | UFFD_FEATURE_SIGBUS;
    ret = asked & ~FEATURES ? -EINVAL : host_ioctl(instance, UFFDIO_API, &api);
    if (ret) {
        memset(&api, 0, sizeof(api));
    } else {
        instance->features = asked;
        instance->ready = true;
        api.features &= FEATURES;
    }
    return bp_copy((void *)user, &api, sizeof(api)) ? -EFAULT : ret;
}

static long begin_range(struct instance *instance, u64 user)
{
    struct uffdio_register ask;
    u64 end;
    long ret;

    if (bp_copy(&ask, (void *)user, sizeof(ask)))
        return -EFAULT;
    end = ask.range.start + ask.range.len;
    if (ask.mode & ~MODES || end < ask.range.start ||
        !bp_upcalls.owns_memory(ask.range.start, ask.range.len))
        return -EINVAL;
    ret = host_ioctl(instance, UFFDIO_REGISTER, &ask);
    if (ret)
        return ret;
    if (!(instance->features & UFFD_FEATURE_SIGBUS)) {
        bp_lock(&lock);
        if (!cut_ranges(ask.range.start, end) ||
            !add_range(ask.range.start, end, ask.mode, instance))
            ret = -ENOMEM;
        bp_unlock(&lock);
    }
    if (ret)
        host_ioctl(instance, UFFDIO_UNREGISTER, &ask.range);
    return ret ? ret : bp_copy((void *)user, &ask, sizeof(ask));
}

static void wake_range(const struct instance *instance, u64 start, u64 len)
{
    bp_lock(&lock);
    wake(instance, start, start + len);
    bp_unlock(&lock);
}

static long end_range(struct instance *instance, u64 user)
{
    struct uffdio_range range;
    long ret;

    if (bp_copy(&range, (void *)user, sizeof(range)))
        return -EFAULT;
    if (!bp_upcalls.owns_memory(range.start, range.len))
        return -EINVAL;
    ret = host_ioctl(instance, UFFDIO_UNREGISTER, &range);
    if (ret)
        return ret;
    bp_userfault_unmapped(range.start, range.len);
    wake_range(instance, range.start, range.len);
    return 0;
}

/* Requests that resolve faults: structures of 64-bit fields. */
static const struct resolution {
    u64 cmd;
    u8 fields, len, mode, done; /* where they are; all start with the address; done 0: no count */
    u64 silent;                 /* bits of the mode with which nobody is woken */
    bool reads;                 /* the second field is an address to read from */
} resolutions[] = {
    {UFFDIO_COPY, 5, 2, 3, 4, UFFDIO_COPY_MODE_DONTWAKE, true},
    {UFFDIO_ZEROPAGE, 4, 1, 2, 3, UFFDIO_ZEROPAGE_MODE_DONTWAKE, false},
    {UFFDIO_WRITEPROTECT, 3, 1, 2, 0,
     UFFDIO_WRITEPROTECT_MODE_DONTWAKE | UFFDIO_WRITEPROTECT_MODE_WP, false},
};

static long resolve(struct instance *instance, const struct resolution *how, u64 user)
{
    u64 fields[5] = {0}, size = how->fields * sizeof(*fields), done;
    long ret;

    if (bp_copy(fields, (void *)user, size))
        return -EFAULT;
    if (!bp_upcalls.owns_memory(fields[0], fields[how->len]))
        return -EINVAL;
    if (how->reads && bp_in_arena((void *)fields[1]))
        return -EFAULT;
    ret = host_ioctl(instance, how->cmd, fields);
    done = ret ? 0 : fields[how->len];
    if (ret && how->done && (s64)fields[how->done] > 0)
        done = fields[how->done];
    if (done && !(fields[how->mode] & how->silent))
        wake_range(instance, fields[0], done);
    return bp_copy((void *)user, fields, size) ? -EFAULT : ret;
}

static long wake_by_request(struct instance *instance, u64 user)
{
    struct uffdio_range range;

    if (bp_copy(&range, (void *)user, sizeof(range)))
        return -EFAULT;
    if (!range.len || (range.start | range.len) % BP_PAGE_SIZE ||
        range.start + range.len < range.start)
        return -EINVAL;
    wake_range(instance, range.start, range.len);
    return 0;
}

long bp_userfault_ioctl(struct bp_file *file, u64 cmd, u64 arg)
{
    struct instance *instance = instance_of(file);

    if (!instance)
        return -EBADF;
    if (cmd == UFFDIO_API)
        return begin(instance, arg);
    if (!instance->ready)
        return -EINVAL;
    for (u32 i = 0; i < ARRAY_SIZE(resolutions); i++) {
        if (resolutions[i].cmd == cmd)
            return resolve(instance, &resolutions[i], arg);
    }
    switch (cmd) {
    case UFFDIO_REGISTER:
        return begin_range(instance, arg);
    case UFFDIO_UNREGISTER:
        return end_range(instance, arg);
    case UFFDIO_WAKE:
        return wake_by_request(instance, arg);
    default:
        return -EINVAL;
    }
}

/* ---- the end ---- */

void bp_userfault_release(struct bp_file *file)
{
    struct instance *instance;

    bp_lock(&lock);
    instance = instance_of(file);
    for (u32 i = 0; instance && i < RANGES_MAX; i++) {
        if (ranges[i].start != ranges[i].end && ranges[i].instance == instance) {
            ranges[i].end = ranges[i].start;
            nr_ranges--;
        }
    }
    if (instance) { /* its threads do not hold the file: they fault again, now without it */
        bp_host(SYS_close, file->host_fd);
        wake(instance, 0, UINT64_MAX);
        instance->file = NULL;
    }
    bp_unlock(&lock);
    bp_file_free(file);
}

void bp_userfaults_forked(void)
{
    for (u32 i = 0; i < INSTANCES_MAX; i++) {
        if (instances[i].file)
            bp_host(SYS_close, instances[i].file->host_fd);
        instances[i].file = NULL;
    }
    memset(ranges, 0, sizeof(ranges));
    memset(faults, 0, sizeof(faults));
    nr_ranges = 0;
    lock = (struct bp_lock){0};
}
