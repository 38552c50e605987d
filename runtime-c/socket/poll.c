/*
 * poll(2) and select(2): the descriptors are looked at once; only when none is ready the thread
 * puts a watch on each and parks.
 */
#include "base/host.h"
#include "base/uaccess.h"
#include "sched/hand.h"
#include "socket/fdtable.h"
#include "socket/poll_file.h"
#include "socket/socket_calls.h"
#include "socket/timeout.h"
#include "socket/upcalls.h"

#include <errno.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#define ALWAYS_READY ((u32)(EPOLLIN | EPOLLOUT | EPOLLRDNORM | EPOLLWRNORM))
#define SELECT_IN ((u32)(EPOLLRDNORM | EPOLLRDBAND | EPOLLIN | EPOLLHUP | EPOLLERR))
#define SELECT_OUT ((u32)(EPOLLWRBAND | EPOLLWRNORM | EPOLLOUT | EPOLLERR))
#define SELECT_EX ((u32)EPOLLPRI)

/* One descriptor of a call. */
struct entry {
    struct bp_file *file; /* NULL: not open */
    struct bp_watch *watch;
    s32 fd;
    u16 events, ready;
};

/* The entries of a call: on the handler stack when few, in a chunk when not many, else in memory of
 * the process's own, which a kill takes back. */
struct set {
    struct entry *entries;
    u32 count;
    size_t mapped;
    struct entry inlined[16];
};

static long set_alloc(struct set *set, u32 count)
{
    set->count = count;
    set->mapped = 0;
    set->entries = set->inlined;
    if (count <= ARRAY_SIZE(set->inlined))
        return 0;
    if (bp_current()->fds->threads && !bp_hand_widen(count))
        return -ENOMEM;
    if (count * sizeof(struct entry) <= bp_pool_size(BP_POOL_CHUNK_LARGE)) {
        set->entries = bp_buffer_get(BP_POOL_CHUNK_LARGE);
    } else {
        long memory;

        set->mapped = count * sizeof(struct entry);
        memory = bp_host(SYS_mmap, NULL, set->mapped, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        set->entries = bp_is_error(memory) ? NULL : (struct entry *)memory;
    }
    if (!set->entries)
        bp_hand_narrow();
    return set->entries ? 0 : -ENOMEM;
}

static void set_free(struct set *set)
{
    for (u32 i = set->count; i--;) { /* the hand gives up first what it took last */
        if (set->entries[i].file)
            bp_fd_put(set->entries[i].file);
    }
    bp_hand_narrow();
    if (set->mapped)
        bp_host(SYS_munmap, set->entries, set->mapped);
    else if (set->entries != set->inlined)
        bp_buffer_put(BP_POOL_CHUNK_LARGE, set->entries);
}

static void set_entry(struct entry *entry, s32 fd, u32 events)
{
    *entry =
        (struct entry){.file = fd < 0 ? NULL : bp_fd_get((u32)fd), .fd = fd, .events = (u16)events};
}

/* Looks at every entry; returns how many have something to say. */
static u32 look(struct set *set)
{
    u32 count = 0;

    for (u32 i = 0; i < set->count; i++) {
        struct entry *entry = &set->entries[i];
        u32 ready = 0;

        if (entry->file)
            ready = bp_file_can_poll(entry->file) ? bp_file_poll(entry->file, entry->events)
                                                  : ALWAYS_READY & entry->events;
        else if (entry->fd >= 0)
            ready = POLLNVAL;
        entry->ready = (u16)ready;
        count += ready != 0;
    }
    return count;
}

static void unwatch(struct set *set)
{
    for (u32 i = 0; i < set->count; i++) {
        if (set->entries[i].watch)
            bp_watch_end(set->entries[i].watch);
        set->entries[i].watch = NULL;
    }
}

static long watch(struct set *set)
{
    long ret = 0;

    for (u32 i = 0; i < set->count && !ret; i++) {
        struct entry *entry = &set->entries[i];

        if (!entry->file || !bp_file_can_poll(entry->file))
            continue;
        bp_lock(&entry->file->lock);
        ret = bp_watch_thread(&entry->watch, entry->file, entry->events, BP_WATCH_THREAD);
        bp_unlock(&entry->file->lock);
    }
    return ret;
}

/*
 * Returns how many entries are ready, 0 at the deadline, or negative errno. A stop does not put the
 * deadline off.
 */
static long wait_ready(struct set *set, u64 timeout)
{
    u64 deadline = timeout == BP_NEVER ? BP_NEVER : 0;
    long ret = look(set);

    while (!ret && timeout) {
        int parked = 0;

        if (!deadline)
            deadline = bp_now() + timeout;
        bp_park_begin();
        ret = watch(set);
        if (!ret)
            ret = look(set);
        if (ret)
            bp_park_cancel();
        else
            parked = bp_park(deadline);
        unwatch(set);
        if (ret)
            break;
        ret = look(set);
        if (!ret && parked && (parked == -ETIMEDOUT || !bp_upcalls.signal_goes_on()))
            break;
    }
    /* Linux looks for signals before it looks at the time. */
    return !ret && READ_ONCE(bp_current()->interrupted) ? -EINTR : ret;
}

/* ---- poll ---- */

static long import(struct set *set, const struct pollfd *user)
{
    for (u32 i = 0; i < set->count; i++) {
        struct pollfd one;

        if (bp_copy(&one, &user[i], sizeof(one))) {
            set->count = i;
            return -EFAULT;
        }
        set_entry(&set->entries[i], one.fd, (u16)one.events);
    }
    return 0;
}

static long export(const struct set *set, struct pollfd *user)
{
    for (u32 i = 0; i < set->count; i++) {
        if (bp_copy_out(&user[i].revents, &set->entries[i].ready, sizeof(u16)))
            return -EFAULT;
    }
    return 0;
}

static long poll_call(u64 fds, u64 count, u64 timeout)
{
    struct set set;
    long ret, fault;

    if (count > bp_current()->fds->limit)
        return -EINVAL;
    ret = set_alloc(&set, (u32)count);
    if (ret)
        return ret;
    ret = import(&set, (const struct pollfd *)fds);
    if (!ret) {
        ret = wait_ready(&set, timeout);
        fault = export(&set, (struct pollfd *)fds);
        ret = fault && ret >= 0 ? fault : ret;
    }
    set_free(&set);
    return ret;
}

/* What is left of a timeout, for the calls that tell it. */
static u64 time_left(u64 timeout, u64 start)
{
    u64 passed = bp_now() - start;

    return passed < timeout ? timeout - passed : 0;
}

long bp_sys_poll(u64 fds, u64 count, u64 timeout)
{
    return poll_call(fds, (u32)count,
                     (int)timeout < 0 ? BP_NEVER : (u64)(int)timeout * BP_NSEC_PER_MSEC);
}

long bp_sys_ppoll(u64 fds, u64 count, u64 timeout, u64 mask, u64 mask_size)
{
    u64 ns = BP_NEVER, start = 0;
    long ret = 0;

    if (timeout) {
        ret = bp_get_timespec(&ns, timeout);
        start = bp_now();
    }
    if (!ret && mask)
        ret = bp_upcalls.set_signal_mask(mask, mask_size);
    if (ret)
        return ret;
    ret = poll_call(fds, (u32)count, ns);
    if (timeout && ns != BP_NEVER)
        bp_put_timespec(timeout,
                        time_left(ns, start)); /* may be read-only: no error, as in Linux */
    return ret;
}

/* ---- select ---- */

enum {
    WORD_BITS = 64,
    /* Linux looks at no descriptor beyond its table, which grows in these steps: sets may be
     * shorter than n tells. */
    TABLE_STEP = 256,
};

/* The three sets of a call, as the program's addresses; 0 = not given. */
struct fdsets {
    u64 user[3];
    u32 end; /* descriptors below it count */
};

static const u32 select_events[3] = {SELECT_IN, SELECT_OUT, SELECT_EX};

/* Word n of the three sets, without bits beyond the end. */
static long get_words(const struct fdsets *sets, u32 n, u64 words[3])
{
    u32 rest = sets->end - n * WORD_BITS;
    u64 mask = rest < WORD_BITS ? (1ULL << rest) - 1 : ~0ULL;

    for (int i = 0; i < 3; i++) {
        words[i] = 0;
        if (sets->user[i] && bp_get_user64(&words[i], (const u64 *)sets->user[i] + n))
            return -EFAULT;
        words[i] &= mask;
    }
    return 0;
}

static u32 word_count(const struct fdsets *sets)
{
    return (sets->end + WORD_BITS - 1) / WORD_BITS;
}

/* Fills the entries (when set->entries is not NULL), or only counts them. Returns how many, or
 * -EFAULT, -EBADF. */
static long scan(const struct fdsets *sets, struct set *set)
{
    u64 words[3];
    u32 count = 0;

    for (u32 n = 0; n < word_count(sets); n++) {
        u64 any;

        if (get_words(sets, n, words))
            return -EFAULT;
        for (any = words[0] | words[1] | words[2]; any; any &= any - 1, count++) {
            u32 bit = (u32)__builtin_ctzll(any), events = 0;

            if (!set || count >= set->count)
                continue;
            for (int i = 0; i < 3; i++)
                events |= words[i] >> bit & 1 ? select_events[i] : 0;
            set_entry(&set->entries[count], (s32)(n * WORD_BITS + bit), events);
        }
    }
    return count;
}

/* Writes the answer; returns the number of bits set. */
static long answer(const struct fdsets *sets, const struct set *set)
{
    u32 next = 0;
    long bits = 0;

    for (u32 n = 0; n < word_count(sets); n++) {
        u64 words[3] = {0};

        for (; next < set->count && set->entries[next].fd < (s32)((n + 1) * WORD_BITS); next++) {
            const struct entry *entry = &set->entries[next];

            for (int i = 0; i < 3; i++) {
                u64 bit = (entry->events & select_events[i] & ~BP_EVENTS_ALWAYS) &&
                          entry->ready & select_events[i];
                words[i] |= bit << entry->fd % WORD_BITS;
                bits += (long)bit;
            }
        }
        for (int i = 0; i < 3; i++) {
            if (sets->user[i] && bp_put_user64((u64 *)sets->user[i] + n, words[i]))
                return -EFAULT;
        }
    }
    return bits;
}

static long check_open(const struct set *set)
{
    for (u32 i = 0; i < set->count; i++) {
        if (!set->entries[i].file)
            return -EBADF;
    }
    return 0;
}

static long select_call(u64 n, u64 in, u64 out, u64 ex, u64 timeout)
{
    struct fdsets sets = {.user = {in, out, ex}};
    struct set set;
    long ret;

    if ((int)n < 0)
        return -EINVAL;
    sets.end = BP_MIN((u32)n, BP_ALIGN_UP(BP_MAX(bp_current()->fds->end, 1u), (u32)TABLE_STEP));
    ret = scan(&sets, NULL);
    if (ret >= 0)
        ret = set_alloc(&set, (u32)ret);
    if (ret < 0)
        return ret;
    memset(set.entries, 0, set.count * sizeof(*set.entries));
    ret = scan(&sets, &set);
    if (ret >= 0)
        ret = check_open(&set);
    if (!ret)
        ret = wait_ready(&set, timeout);
    if (ret >= 0)
        ret = answer(&sets, &set);
    set_free(&set);
    return ret;
}

long bp_sys_select(u64 n, u64 in, u64 out, u64 ex, u64 timeout)
{
    u64 ns = BP_NEVER, start = 0;
    long ret = 0;

    if (timeout) {
        ret = bp_get_timeval(&ns, timeout);
        start = bp_now();
    }
    if (!ret)
        ret = select_call(n, in, out, ex, ns);
    if (timeout && ns != BP_NEVER && ret != -EINVAL)
        bp_put_timeval(timeout, time_left(ns, start));
    return ret;
}

/* The sixth argument points at the pair (mask, its size): there is no register for a seventh. */
long bp_sys_pselect6(u64 n, u64 in, u64 out, u64 ex, u64 timeout, u64 mask_argument)
{
    u64 ns = BP_NEVER, start = 0;
    struct {
        u64 mask, size;
    } mask = {0};
    long ret = mask_argument ? bp_copy(&mask, (const void *)mask_argument, sizeof(mask)) : 0;

    if (!ret && timeout) {
        ret = bp_get_timespec(&ns, timeout);
        start = bp_now();
    }
    if (!ret && mask.mask)
        ret = bp_upcalls.set_signal_mask(mask.mask, mask.size);
    if (ret)
        return ret;
    ret = select_call(n, in, out, ex, ns);
    if (timeout && ns != BP_NEVER)
        bp_put_timespec(timeout, time_left(ns, start));
    return ret;
}
