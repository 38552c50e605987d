#include "sched/process.h"
#include "sched/tid.h"
#include "base/host.h"
#include "base/lock.h"
#include "memory/arena.h"
#include "memory/pool.h"
#include "sched/hand.h"
#include "sched/lifeline.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <time.h>

enum {
    MAILBOX = 114,
    /* Doorbells lie above the descriptors that the host hands out first. */
    DOORBELLS_FROM = 512,
};

struct place {
    u32 used;
    u32 pid;
    u32 sleeping;
    u32 count; /* refs in the mailbox; more than MAILBOX: wake all */
    struct bp_lock lock;
    u32 dead;                /* has ended, and what it was changing has been put back */
    struct bp_lock recovery; /* held over that */
    u32 generation;          /* counts the processes that have had this place */
    struct bp_estate *estate;
    void *table; /* descriptors, until it has given them back */
    struct bp_magazines *magazines;
    u32 vfork; /* enum bp_vfork */
    u32 orphan;
    u32 parent; /* the place that forked it, or the launcher's when that has gone */
    u32 has_forked;
    u32 adopted; /* the launcher is to reap it: its parent left no record of it there */
    u32 settled; /* host futex */
    int parent_death_signal;
    bp_ref vfork_parent, vfork_child;
    bp_ref mailbox[MAILBOX];
} BP_ALIGNED(BP_CACHE_LINE);

/* In the arena. */
static struct table {
    struct bp_lock lock;
    u32 adoptions; /* there are new ones, for the launcher to look at */
    struct place places[BP_PROCESSES_MAX];
} * table;

u32 bp_process_self;
void (*bp_process_on_adoption)(void);

enum {
    DOORBELLS = 64
};

/*
 * Host descriptors, the same numbers in every process; private, as they never change once made.
 * Each fork copies all of them, so they are few, and places share them: whose neighbour is meant
 * wakes for nothing.
 */
static int doorbells[DOORBELLS];
static bool have_doorbells;

/* ---- the dead ---- */

/* As a holder of locks a process is named by its place and by how many have had it: a lock that
 * the dead one held may be found only when somebody else is there. */
static u32 owner_of(u32 number)
{
    return table->places[number].generation * BP_PROCESSES_MAX + number + 1;
}

static bool has_ended(u32 pid)
{
    long fd = bp_host(SYS_pidfd_open, pid, 0);
    struct pollfd one = {.fd = (int)fd, .events = POLLIN};
    struct timespec no_time = {0};
    bool ended;

    if (bp_is_error(fd))
        return fd == -ESRCH;
    ended = bp_host(SYS_ppoll, &one, 1, &no_time, NULL, 0) > 0;
    bp_host(SYS_close, fd);
    return ended;
}

/* Whoever meets a lock of its does this at once: he may be the one who would otherwise bury it. A
 * doer who is killed over it leaves it to be done again. */
static void recover(struct place *place)
{
    bp_lock(&place->recovery);
    if (!place->dead && place->estate)
        bp_undo_all(&place->estate->undo);
    bp_store_release(&place->dead, 1);
    bp_unlock_aside(&place->recovery);
}

static bool owner_is_dead(u32 owner)
{
    u32 number = (owner - 1) % BP_PROCESSES_MAX;
    struct place *place = &table->places[number];
    u32 pid = READ_ONCE(place->pid);

    if (owner != owner_of(number) || bp_load_acquire(&place->dead))
        return true;
    if (!number || !pid || !has_ended(pid) || owner != owner_of(number))
        return false;
    recover(place);
    return true;
}

int bp_process_init(void)
{
    table = bp_arena_alloc(sizeof(*table));
    if (!table || bp_tids_init())
        return -ENOMEM;
    bp_lock_owner_is_dead = owner_is_dead;
    table->places[0].used = 1;
    table->places[0].pid = (u32)bp_host(SYS_getpid);
    return 0;
}

/* Wakes that process's worker 0 when it sleeps. What is to be found was published before the look;
 * pairs with the sleeper's fence. */
static void ring(u32 number)
{
    u64 one = 1;

    bp_full_fence();
    if (READ_ONCE(table->places[number].sleeping))
        bp_host(SYS_write, doorbells[number % DOORBELLS], &one, sizeof(one));
}

/* As ring(), when the current worker holds no lock any more: whoever is woken may take the core at
 * once, and would find the lock taken. */
static void remember_to_ring(u32 number)
{
    struct bp_worker *worker = bp_this_worker();

    bp_full_fence();
    if (!READ_ONCE(table->places[number].sleeping))
        return;
    worker->bells |= 1ULL << number % DOORBELLS;
    worker->pc.exit_work |= BP_EXIT_RINGS;
}

BP_COLD void bp_process_ring_remembered(struct bp_worker *worker)
{
    u64 one = 1;

    for (; worker->bells; worker->bells &= worker->bells - 1)
        bp_host(SYS_write, doorbells[__builtin_ctzll(worker->bells)], &one, sizeof(one));
}

/* Whoever the dead had still to ring for. */
static void ring_all(void)
{
    for (u32 i = 0; i < BP_PROCESSES_MAX; i++) {
        if (READ_ONCE(table->places[i].used))
            ring(i);
    }
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
    int ret;

    if (have_doorbells)
        return 0;
    ret = bp_lifeline_init();
    if (ret)
        return ret;
    for (u32 i = 0; i < DOORBELLS; i++) {
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
            table->places[i] = (struct place){.used = 1,
                                              .parent = bp_process_self,
                                              .generation = table->places[i].generation + 1};
            ret = (int)i;
        }
    }
    bp_unlock(&table->lock);
    return ret;
}

int bp_process_reserve(void)
{
    int place = take_place();

    if (place < 0)
        return place;
    table->places[bp_process_self].has_forked = 1;
    if (bp_magazines_create(&table->places[place].magazines) &&
        bp_estate_create(&table->places[place].estate))
        return place;
    bp_process_free((u32)place);
    return -ENOMEM;
}

void bp_process_abandon(u32 place)
{
    bp_process_bury(place);
    bp_process_free(place);
}

void bp_process_leave(u32 place)
{
    bp_process_ring(bp_this_worker());
    bp_set(table->places[place].table, NULL);
}

/*
 * The host has made the launcher the parent of those that the dead left (PR_SET_CHILD_SUBREAPER);
 * it told of any that have ended already before they were marked, so it looks once more.
 */
static void adopt_children_of(u32 number)
{
    for (u32 i = 1; i < BP_PROCESSES_MAX; i++) {
        struct place *place = &table->places[i];

        if (!READ_ONCE(place->used) || place->parent != number)
            continue;
        bp_process_orphan(i);
        place->parent = 0;
        bp_store_release(&place->adopted, 1);
    }
    bp_store_release(&table->adoptions, 1);
    ring(0);
}

void *bp_process_bury(u32 number)
{
    struct place *place = &table->places[number];

    recover(place); /* its locks may be taken from now on */
    ring_all();
    if (place->has_forked)
        adopt_children_of(number);
    return place->table;
}

u32 bp_process_next_adopted(u32 after, u32 *pid)
{
    for (u32 i = after + 1; i < BP_PROCESSES_MAX; i++) {
        struct place *place = &table->places[i];

        if (bp_load_acquire(&place->adopted) && READ_ONCE(place->used)) {
            *pid = place->pid;
            return i;
        }
    }
    return 0;
}

void bp_process_free(u32 number)
{
    struct place *place = &table->places[number];

    struct bp_magazines *magazines = place->magazines;
    struct bp_estate *estate = place->estate;

    /* Should we be killed over it, the next one goes on: each is freed once. */
    if (place->pid)
        bp_tids_bury(place->pid);
    if (magazines) {
        bp_magazines_empty(magazines, 1); /* a forked process has one worker */
        bp_set(place->magazines, NULL);
        bp_magazines_destroy(magazines);
    }
    if (estate) {
        bp_set(place->estate, NULL);
        bp_estate_destroy(estate);
    }
    bp_store_release(&place->used, 0);
}

void bp_process_become(u32 place)
{
    bp_process_self = place;
    bp_lock_self = owner_of(place);
    bp_estate_enter(table->places[place].estate);
    bp_magazines = table->places[place].magazines;
    table->places[place].pid = (u32)bp_host(SYS_getpid);
}

void **bp_process_table(u32 place)
{
    return &table->places[place].table;
}

struct bp_estate *bp_process_estate(u32 place)
{
    return table->places[place].estate;
}

u32 *bp_process_pid_word(u32 place)
{
    return &table->places[place].pid;
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

    if (__atomic_exchange_n(&place->orphan, 1, __ATOMIC_SEQ_CST))
        return; /* the exchange is a fence too: it pairs with that of who sets the signal */
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
    return have_doorbells ? doorbells[bp_process_self % DOORBELLS] : -1;
}

void bp_process_each_descriptor(void (*fn)(int fd, void *arg), void *arg)
{
    bp_lifeline_each(fn, arg);
    for (u32 i = 0; have_doorbells && i < DOORBELLS; i++)
        fn(doorbells[i], arg);
}

/* ---- wake-ups ---- */

void bp_process_unpark(bp_ref ref)
{
    u32 number = bp_ref_process(ref);
    struct place *place = &table->places[number];

    if (number >= BP_PROCESSES_MAX || !READ_ONCE(place->used))
        return;
    bp_lock(&place->lock);
    if (place->count < MAILBOX)
        place->mailbox[place->count] = ref;
    if (place->count <= MAILBOX)
        WRITE_ONCE(place->count, place->count + 1);
    bp_unlock(&place->lock);
    remember_to_ring(number);
}

static bool has_adoptions(void)
{
    return !bp_process_self && READ_ONCE(table->adoptions);
}

bool bp_process_has_wakes(void)
{
    return READ_ONCE(table->places[bp_process_self].count) || has_adoptions();
}

void bp_process_take_wakes(void)
{
    struct place *place = &table->places[bp_process_self];
    bp_ref refs[MAILBOX];
    u32 count;

    if (unlikely(has_adoptions())) {
        __atomic_store_n(&table->adoptions, 0, __ATOMIC_SEQ_CST);
        bp_process_on_adoption();
    }
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
