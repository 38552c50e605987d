/*
 * Timer descriptors. How often one has expired follows from its deadline and the clock; a timer of
 * the scheduler only wakes those who watch. That timer is private to the process, since it holds
 * code; the description names it by number.
 */
#include "socket/timerfd.h"
#include "base/host.h"
#include "base/uaccess.h"
#include "sched/process.h"
#include "socket/fdtable.h"
#include "socket/iter.h"
#include "socket/socket_calls.h"
#include "socket/timeout.h"
#include "socket/watch.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>

struct slot {
    struct bp_timer timer;
    struct bp_lock lock;  /* before the file's */
    struct bp_file *file; /* NULL: free, or about to be */
    u32 next_free;
};

enum {
    SLOTS = 1 << 16,
    NO_SLOT = 0
};

static struct slot *slots; /* reserved address space, touched as needed; 0 is not used */
static u32 slots_used = 1, first_free = NO_SLOT;
static struct bp_lock slots_lock;

/* ---- slots ---- */

static void fire(struct bp_timer *timer)
{
    struct slot *slot = container_of(timer, struct slot, timer);

    bp_lock(&slot->lock);
    if (slot->file) {
        bp_lock(&slot->file->lock);
        bp_notify(slot->file, EPOLLIN);
        bp_unlock(&slot->file->lock);
    }
    bp_unlock(&slot->lock);
}

static bool reserve_slots(void)
{
    long memory;

    if (slots)
        return true;
    memory = bp_host(SYS_mmap, NULL, SLOTS * sizeof(struct slot), PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (!bp_is_error(memory))
        slots = (struct slot *)memory;
    return slots != NULL;
}

static u32 slot_get(struct bp_file *file)
{
    u32 n = NO_SLOT;

    bp_lock(&slots_lock);
    if (first_free != NO_SLOT) {
        n = first_free;
        first_free = slots[n].next_free;
    } else if (reserve_slots() && slots_used < SLOTS) {
        n = slots_used++;
    }
    bp_unlock(&slots_lock);
    if (n == NO_SLOT)
        return n;
    bp_timer_init(&slots[n].timer, fire);
    bp_lock(&slots[n].lock);
    slots[n].file = file;
    bp_unlock(&slots[n].lock);
    return n;
}

/* The slot of a description in this process; NULL when it came from another one. */
static struct slot *slot_of(const struct bp_file *file)
{
    u32 n = file->timerfd.slot;

    return slots && slots[n].file == file ? &slots[n] : NULL;
}

static void slot_put(struct bp_file *file)
{
    u32 n = file->timerfd.slot;

    if (!slot_of(file))
        return;
    bp_lock(&slots[n].lock);
    slots[n].file = NULL;
    bp_unlock(&slots[n].lock);
    bp_timer_cancel(&slots[n].timer);
    bp_lock(&slots_lock);
    slots[n].next_free = first_free;
    first_free = n;
    bp_unlock(&slots_lock);
}

/* ---- time ---- */

/* Expirations since the last read. */
static u64 expirations(const struct bp_timerfd *t, u64 now)
{
    if (now < t->next)
        return 0;
    return t->interval ? 1 + (now - t->next) / t->interval : 1;
}

static void arm(struct bp_file *file)
{
    struct slot *slot = slot_of(file);

    if (!slot)
        return;
    if (file->timerfd.next == BP_NEVER)
        bp_timer_cancel(&slot->timer);
    else
        bp_timer_arm(&slot->timer, file->timerfd.next);
}

/* Somebody is about to wait: the timer may have been set by another process. */
static void arm_again(struct bp_file *file)
{
    struct slot *slot = slot_of(file);
    u64 next = READ_ONCE(file->timerfd.next);

    if (slot && next != BP_NEVER && !(bp_timer_armed(&slot->timer) && slot->timer.deadline == next))
        bp_timer_arm(&slot->timer, next);
}

static u64 saturating_add(u64 a, u64 b)
{
    return a > BP_NEVER - b ? BP_NEVER : a + b;
}

/* When a timer set to value expires, on CLOCK_MONOTONIC. */
static u64 to_deadline(const struct bp_timerfd *t, u64 value, bool absolute)
{
    u64 now = bp_now(), on_clock;
    struct timespec ts;

    if (!absolute)
        return saturating_add(now, value);
    if (t->clock == CLOCK_MONOTONIC)
        return value;
    bp_host(SYS_clock_gettime, t->clock, &ts);
    on_clock = (u64)ts.tv_sec * BP_NSEC_PER_SEC + (u64)ts.tv_nsec;
    return value > on_clock ? saturating_add(now, value - on_clock) : now;
}

/* ---- calls ---- */

long bp_sys_timerfd_create(u64 clock, u64 flags)
{
    struct bp_file *file;
    int fd;

    if (flags & ~(u64)(TFD_CLOEXEC | TFD_NONBLOCK))
        return -EINVAL;
    if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC && clock != CLOCK_BOOTTIME)
        return clock == CLOCK_REALTIME_ALARM || clock == CLOCK_BOOTTIME_ALARM ? -EPERM : -EINVAL;
    file = bp_file_create(BP_FILE_TIMERFD, BP_MODE_READ | BP_MODE_WRITE |
                                               (flags & TFD_NONBLOCK ? BP_MODE_NONBLOCK : 0));
    if (!file)
        return -ENOMEM;
    file->timerfd =
        (struct bp_timerfd){.clock = (u32)clock, .next = BP_NEVER, .slot = slot_get(file)};
    if (file->timerfd.slot == NO_SLOT) {
        bp_file_free(file);
        return -ENOMEM;
    }
    fd = bp_fd_install(file, flags & TFD_CLOEXEC);
    if (fd < 0)
        bp_file_drop(file);
    return fd;
}

void bp_timerfd_release(struct bp_file *file)
{
    slot_put(file);
    bp_file_free(file);
}

/* The time to the next expiry and the interval, as timerfd_gettime tells them. */
static long put_setting(u64 user, const struct bp_timerfd *t)
{
    u64 now = bp_now(), next = t->next, left = 0;

    if (next != BP_NEVER) {
        if (t->interval)
            next += expirations(t, now) * t->interval;
        left = next > now ? next - now : 0;
    }
    return bp_put_timespec(user, t->interval) |
           bp_put_timespec(user + sizeof(struct timespec), left);
}

static long get_timerfd(u64 fd, struct bp_file **file)
{
    *file = bp_fd_get(fd);
    if (!*file)
        return -EBADF;
    if ((*file)->kind == BP_FILE_TIMERFD)
        return 0;
    bp_fd_put(*file);
    return -EINVAL;
}

long bp_sys_timerfd_settime(u64 fd, u64 flags, u64 user_new, u64 user_old)
{
    struct bp_timerfd before, *t;
    struct bp_file *file;
    u64 interval, value;
    long ret;

    ret = bp_get_timespec(&interval, user_new);
    if (!ret)
        ret = bp_get_timespec(&value, user_new + sizeof(struct timespec));
    if (!ret && flags & ~(u64)TFD_TIMER_ABSTIME)
        ret = -EINVAL; /* TFD_TIMER_CANCEL_ON_SET too: nobody tells us that the clock was set */
    if (!ret)
        ret = get_timerfd(fd, &file);
    if (ret)
        return ret;
    t = &file->timerfd;
    bp_lock(&file->lock);
    before = *t;
    t->interval = interval;
    t->next = value ? to_deadline(t, value, flags & TFD_TIMER_ABSTIME) : BP_NEVER;
    arm(file);
    bp_notify(file, EPOLLIN); /* those who wait in other processes set their own timers */
    bp_unlock(&file->lock);
    if (user_old)
        ret = put_setting(user_old, &before);
    bp_fd_put(file);
    return ret;
}

long bp_sys_timerfd_gettime(u64 fd, u64 user)
{
    struct bp_file *file;
    long ret = get_timerfd(fd, &file);

    if (ret)
        return ret;
    ret = put_setting(user, &file->timerfd);
    bp_fd_put(file);
    return ret;
}

long bp_timerfd_read(struct bp_file *file, struct bp_iter *to, u32 flags)
{
    struct bp_timerfd *t = &file->timerfd;
    u64 count;
    long ret;

    (void)flags;
    if (to->left < sizeof(count))
        return -EINVAL;
    bp_lock(&file->lock);
    while (!(count = expirations(t, bp_now()))) {
        if (file->mode & BP_MODE_NONBLOCK) {
            bp_unlock(&file->lock);
            return -EAGAIN;
        }
        if (unlikely(bp_process_shared()))
            arm_again(file);
        ret = bp_file_wait(file, EPOLLIN, BP_WATCH_THREAD, BP_NEVER);
        if (ret)
            return ret;
        bp_lock(&file->lock);
    }
    t->next = t->interval ? t->next + count * t->interval : BP_NEVER;
    arm(file);
    bp_unlock(&file->lock);
    ret = bp_iter_put(to, &count, sizeof(count));
    return ret ? ret : (long)sizeof(count);
}

u32 bp_timerfd_poll(struct bp_file *file, u32 interest)
{
    u64 next = READ_ONCE(file->timerfd.next);

    if (unlikely(bp_process_shared()))
        arm_again(file);
    return next != BP_NEVER && bp_now() >= next ? EPOLLIN & interest : 0;
}

/* ---- fork ---- */

void bp_timerfd_forked(void)
{
    slots_lock = (struct bp_lock){0};
    for (u32 i = 1; slots && i < slots_used; i++) {
        bp_timer_init(&slots[i].timer, fire);
        slots[i].lock = (struct bp_lock){0};
    }
}
