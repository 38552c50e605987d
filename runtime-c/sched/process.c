#include "sched/process.h"
#include "base/host.h"
#include "base/lock.h"
#include "memory/arena.h"
#include "memory/pool.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <time.h>

enum {
    MAILBOX = 114,
    /* Doorbells lie above the descriptors that the host hands out first. */
    DOORBELLS_FROM = 512,
    FIRST_TID = 1 << 22, /* above every pid that the host can give (PID_MAX_LIMIT) */
};

struct place {
    u32 used;
    u32 pid;
    u32 sleeping;
    u32 count; /* refs in the mailbox; more than MAILBOX: wake all */
    struct bp_lock lock;
    u32 dead;
    void *table; /* descriptors, until it has given them back */
    struct bp_magazines *magazines;
    u32 vfork; /* enum bp_vfork */
    u32 orphan;
    u32 settled; /* host futex */
    int parent_death_signal;
    bp_ref vfork_parent, vfork_child;
    bp_ref mailbox[MAILBOX];
} BP_ALIGNED(BP_CACHE_LINE);

/* In the arena. */
static struct table {
    struct bp_lock lock;
    u32 last_tid;
    struct place places[BP_PROCESSES_MAX];
} * table;

u32 bp_process_self;

/* Host descriptors, the same numbers in every process; private, as they never change once made. */
static int doorbells[BP_PROCESSES_MAX];
static bool have_doorbells;

static bool owner_is_dead(u32 owner)
{
    return owner - 1 < BP_PROCESSES_MAX && bp_load_acquire(&table->places[owner - 1].dead);
}

int bp_process_init(void)
{
    table = bp_arena_alloc(sizeof(*table));
    if (!table)
        return -ENOMEM;
    table->last_tid = FIRST_TID;
    bp_lock_owner_is_dead = owner_is_dead;
    table->places[0].used = 1;
    table->places[0].pid = (u32)bp_host(SYS_getpid);
    return 0;
}

/* ---- places ---- */

static void close_doorbells(u32 count)
{
    for (u32 i = 0; i < count; i++)
        bp_host(SYS_close, doorbells[i]);
}

static long make_doorbell(void)
{
    long fd = bp_host(SYS_eventfd2, 0, EFD_CLOEXEC | EFD_NONBLOCK), high;

    if (bp_is_error(fd))
        return fd;
    high = bp_host(SYS_fcntl, fd, F_DUPFD_CLOEXEC, DOORBELLS_FROM);
    bp_host(SYS_close, fd);
    return high;
}

int bp_process_share(void)
{
    if (have_doorbells)
        return 0;
    for (u32 i = 0; i < BP_PROCESSES_MAX; i++) {
        long fd = make_doorbell();

        if (bp_is_error(fd)) {
            close_doorbells(i);
            return (int)fd;
        }
        doorbells[i] = (int)fd;
    }
    have_doorbells = true;
    return 0;
}

static int take_place(void)
{
    int ret = -EAGAIN;

    bp_lock(&table->lock);
    for (u32 i = 1; i < BP_PROCESSES_MAX && ret < 0; i++) {
        if (!table->places[i].used) {
            table->places[i] = (struct place){.used = 1};
            ret = (int)i;
        }
    }
    bp_unlock(&table->lock);
    return ret;
}

int bp_process_reserve(void *descriptors)
{
    int place = take_place();

    if (place < 0)
        return place;
    table->places[place].table = descriptors;
    table->places[place].magazines = bp_magazines_create();
    if (table->places[place].magazines)
        return place;
    bp_store_release(&table->places[place].used, 0);
    return -ENOMEM;
}

void bp_process_abandon(u32 place)
{
    bp_process_bury(place);
    bp_process_free(place);
}

void bp_process_leave(void)
{
    table->places[bp_process_self].table = NULL;
}

void *bp_process_bury(u32 number)
{
    struct place *place = &table->places[number];

    bp_store_release(&place->dead, 1); /* its locks may be taken from now on */
    return place->table;
}

void bp_process_free(u32 number)
{
    struct place *place = &table->places[number];

    bp_magazines_destroy(place->magazines, 1); /* a forked process has one worker */
    bp_store_release(&place->used, 0);
}

void bp_process_become(u32 place)
{
    bp_process_self = place;
    bp_lock_self = place + 1;
    bp_magazines = table->places[place].magazines;
    table->places[place].pid = (u32)bp_host(SYS_getpid);
}

void bp_process_set_pid(u32 place, u32 pid)
{
    table->places[place].pid = pid;
}

void bp_process_settle(u32 number)
{
    u32 *settled = &table->places[number].settled;

    bp_store_release(settled, 1);
    bp_host(SYS_futex, settled, FUTEX_WAKE, 1);
}

void bp_process_wait_settled(void)
{
    static const struct timespec look_for_parent = {.tv_nsec = 10000000};
    u32 *settled = &table->places[bp_process_self].settled;
    long parent = bp_host(SYS_getppid);

    while (!bp_load_acquire(settled) && bp_host(SYS_getppid) == parent)
        bp_host(SYS_futex, settled, FUTEX_WAIT, 0, &look_for_parent);
}

bool bp_process_is_ours(u32 pid)
{
    for (u32 i = 0; i < BP_PROCESSES_MAX; i++) {
        if (READ_ONCE(table->places[i].used) && table->places[i].pid == pid)
            return true;
    }
    return false;
}

u32 bp_process_launcher(void)
{
    return table->places[0].pid;
}

void bp_process_orphan(u32 number)
{
    struct place *place = &table->places[number];
    int signal;

    bp_store_release(&place->orphan, 1);
    bp_full_fence(); /* pairs with the fence of who sets the signal */
    signal = READ_ONCE(place->parent_death_signal);
    if (signal)
        bp_host(SYS_kill, place->pid, signal);
}

bool bp_process_is_orphan(void)
{
    return bp_load_acquire(&table->places[bp_process_self].orphan);
}

void bp_process_set_parent_death_signal(int signal)
{
    WRITE_ONCE(table->places[bp_process_self].parent_death_signal, signal);
    bp_full_fence();
}

int bp_process_parent_death_signal(void)
{
    return table->places[bp_process_self].parent_death_signal;
}

bool bp_process_shared(void)
{
    return have_doorbells;
}

int bp_process_doorbell(void)
{
    return have_doorbells ? doorbells[bp_process_self] : -1;
}

void bp_process_each_doorbell(void (*fn)(int fd, void *arg), void *arg)
{
    for (u32 i = 0; have_doorbells && i < BP_PROCESSES_MAX; i++)
        fn(doorbells[i], arg);
}

u32 bp_process_next_tid(void)
{
    return __atomic_add_fetch(&table->last_tid, 1, __ATOMIC_RELAXED);
}

/* ---- wake-ups ---- */

void bp_process_unpark(bp_ref ref)
{
    u32 number = bp_ref_process(ref);
    struct place *place = &table->places[number];
    u64 one = 1;

    if (number >= BP_PROCESSES_MAX || !READ_ONCE(place->used))
        return;
    bp_lock(&place->lock);
    if (place->count < MAILBOX)
        place->mailbox[place->count] = ref;
    if (place->count <= MAILBOX)
        WRITE_ONCE(place->count, place->count + 1);
    bp_unlock(&place->lock);
    bp_full_fence(); /* the mailbox is filled before the look; pairs with the sleeper's fence */
    if (READ_ONCE(place->sleeping))
        bp_host(SYS_write, doorbells[number], &one, sizeof(one));
}

bool bp_process_has_wakes(void)
{
    return READ_ONCE(table->places[bp_process_self].count);
}

void bp_process_take_wakes(void)
{
    struct place *place = &table->places[bp_process_self];
    bp_ref refs[MAILBOX];
    u32 count;

    if (likely(!READ_ONCE(place->count)))
        return;
    bp_lock(&place->lock);
    count = place->count;
    memcpy(refs, place->mailbox, BP_MIN(count, (u32)MAILBOX) * sizeof(*refs));
    WRITE_ONCE(place->count, 0);
    bp_unlock(&place->lock);
    if (count > MAILBOX)
        bp_unpark_all();
    for (u32 i = 0; i < count && count <= MAILBOX; i++)
        bp_unpark_ref(refs[i]);
}

void bp_process_set_sleeping(bool sleeping)
{
    WRITE_ONCE(table->places[bp_process_self].sleeping, sleeping);
}

/* ---- vfork ---- */

void bp_process_vfork_begin(u32 number, bp_ref parent)
{
    table->places[number].vfork_parent = parent;
    table->places[number].vfork = BP_VFORK_RUNS;
}

enum bp_vfork bp_process_vfork_state(u32 number)
{
    return bp_load_acquire(&table->places[number].vfork);
}

void bp_process_vfork_end(u32 number)
{
    struct place *place = &table->places[number];

    bp_store_release(&place->vfork, BP_VFORK_LOOKED);
    bp_unpark_ref(place->vfork_child);
}

void bp_process_vfork_done(void)
{
    struct place *place = &table->places[bp_process_self];

    if (place->vfork != BP_VFORK_RUNS)
        return;
    place->vfork_child = bp_thread_ref(bp_current());
    bp_park_begin();
    bp_store_release(&place->vfork, BP_VFORK_DONE);
    bp_unpark_ref(place->vfork_parent);
    while (bp_load_acquire(&place->vfork) == BP_VFORK_DONE) {
        bp_park_uninterruptible(BP_NEVER);
        bp_park_begin();
    }
    bp_park_cancel();
    place->vfork = BP_VFORK_NONE;
}
