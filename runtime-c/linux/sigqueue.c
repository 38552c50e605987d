#include "linux/sigqueue.h"
#include "base/host.h"
#include "base/lock.h"
#include "linux/sigset.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>

enum {
    SLAB_BYTES = 64 << 10
};

static struct bp_sigrecord *free_records;
static struct bp_lock pool_lock;

/* ---- records ---- */

u64 bp_sigqueue_host_limit(void)
{
    u64 limit[2];
    long ret = bp_host(SYS_prlimit64, 0, RLIMIT_SIGPENDING, NULL, limit);

    return bp_is_error(ret) ? 0 : limit[0];
}

/* Called with the pool's lock held. */
static void grow(void)
{
    long memory = bp_host(SYS_mmap, NULL, SLAB_BYTES, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (bp_is_error(memory))
        return;
    for (u32 i = 0; i < SLAB_BYTES / sizeof(struct bp_sigrecord); i++) {
        struct bp_sigrecord *record = (struct bp_sigrecord *)memory + i;

        record->next = free_records;
        free_records = record;
    }
}

static struct bp_sigrecord *record_alloc(void)
{
    struct bp_sigrecord *record;

    bp_lock(&pool_lock);
    if (!free_records)
        grow();
    record = free_records;
    if (record)
        free_records = record->next;
    bp_unlock(&pool_lock);
    if (record)
        record->timer = NULL;
    return record;
}

static void record_free(struct bp_sigrecord *record)
{
    bp_lock(&pool_lock);
    record->next = free_records;
    free_records = record;
    bp_unlock(&pool_lock);
}

/* ---- queues ---- */

static void append(struct bp_sigqueue *queue, struct bp_sigrecord *record)
{
    record->next = NULL;
    record->queued = true;
    if (queue->first)
        queue->last->next = record;
    else
        queue->first = record;
    queue->last = record;
    queue->pending |= BP_SIGBIT(record->info.si_signo);
}

/* previous is the record before it, NULL for the first. */
static void take_out(struct bp_sigqueue *queue, struct bp_sigrecord *record,
                     struct bp_sigrecord *previous)
{
    if (previous)
        previous->next = record->next;
    else
        queue->first = record->next;
    if (queue->last == record)
        queue->last = previous;
    record->queued = false;
    if (!record->timer) {
        record->budget->used--;
        record_free(record);
    }
}

/* What the kernel or kill(2) says by a standard signal is not counted out (Linux since 2.6). */
static bool always_fits(int signal, const siginfo_t *info)
{
    return signal < BP_SIGRT_FIRST && info->si_code >= 0;
}

int bp_sigqueue_add(struct bp_sigqueue *queue, struct bp_sigbudget *budget, int signal,
                    const siginfo_t *info)
{
    struct bp_sigrecord *record = NULL;

    if (budget->used < budget->limit || always_fits(signal, info))
        record = record_alloc();
    if (record) {
        budget->used++;
        record->budget = budget;
        record->info = *info;
        record->info.si_signo = signal;
        append(queue, record);
        return 0;
    }
    if (signal >= BP_SIGRT_FIRST && info->si_code != SI_USER)
        return -EAGAIN;
    queue->pending |= BP_SIGBIT(signal);
    return 0;
}

void bp_sigqueue_add_record(struct bp_sigqueue *queue, struct bp_sigrecord *record)
{
    append(queue, record);
}

static bool has_record(const struct bp_sigqueue *queue, int signal)
{
    for (const struct bp_sigrecord *record = queue->first; record; record = record->next) {
        if (record->info.si_signo == signal)
            return true;
    }
    return false;
}

struct bp_sigtimer *bp_sigqueue_take(struct bp_sigqueue *queue, int signal, siginfo_t *info)
{
    struct bp_sigrecord *record = queue->first, *previous = NULL;
    struct bp_sigtimer *timer = NULL;

    for (; record && record->info.si_signo != signal; record = record->next)
        previous = record;
    if (record) {
        *info = record->info;
        timer = record->timer;
        take_out(queue, record, previous);
    } else { /* there was no room for its siginfo: Linux answers this then */
        memset(info, 0, sizeof(*info));
        info->si_signo = signal;
        info->si_code = SI_USER;
    }
    if (!has_record(queue, signal))
        queue->pending &= ~BP_SIGBIT(signal);
    return timer;
}

void bp_sigqueue_discard(struct bp_sigqueue *queue, u64 set)
{
    struct bp_sigrecord *previous = NULL, *next;

    if (!(queue->pending & set))
        return;
    for (struct bp_sigrecord *record = queue->first; record; record = next) {
        next = record->next;
        if (BP_SIGBIT(record->info.si_signo) & set)
            take_out(queue, record, previous);
        else
            previous = record;
    }
    queue->pending &= ~set;
}

void bp_sigqueue_remove_record(struct bp_sigqueue *queue, struct bp_sigrecord *record)
{
    struct bp_sigrecord *previous = NULL;
    int signal = record->info.si_signo;

    for (struct bp_sigrecord *it = queue->first; it; previous = it, it = it->next) {
        if (it != record)
            continue;
        take_out(queue, record, previous);
        if (!has_record(queue, signal))
            queue->pending &= ~BP_SIGBIT(signal);
        return;
    }
}
