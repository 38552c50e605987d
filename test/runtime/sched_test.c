// sources: runtime-c/base/*.c runtime-c/base/*.S runtime-c/memory/*.c runtime-c/sched/*.c runtime-c/sched/*.S
/* User threads on a real worker: parking, waking, timers, futexes, offloaded calls, yielding, end
 * of threads. */
#include "base/clock.h"
#include "base/host.h"
#include "memory/arena.h"
#include "sched/futex.h"
#include "sched/offload.h"
#include "sched/sched.h"
#include "sched/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <unistd.h>

static int failures;
static u64 no_stats[64];

static void check(bool ok, const char *what)
{
    printf("%s %s\n", ok ? "ok" : "FAIL", what);
    failures += !ok;
}

static void never_called(struct bp_thread *thread)
{
    (void)thread;
}

static struct bp_thread *spawn(void (*entry)(void *), void *arg)
{
    struct bp_thread *thread = calloc(1, sizeof(*thread));

    if (bp_thread_init(thread, entry, arg))
        exit(1);
    thread->app_stats = no_stats;
    thread->fs_base = bp_rdfsbase();
    bp_thread_start(thread);
    return thread;
}

/* ---- ping-pong ---- */

static struct bp_thread *ping, *pong;
static u64 rounds, done;
enum {
    ROUNDS = 100000
};

static void ping_main(void *arg)
{
    (void)arg;
    for (int i = 0; i < ROUNDS; i++) {
        bp_park_begin();
        bp_unpark(pong);
        bp_park(BP_NEVER);
        rounds++;
    }
    done++;
    bp_thread_exit(never_called);
}

static void pong_main(void *arg)
{
    (void)arg;
    for (int i = 0; i < ROUNDS; i++) {
        bp_park_begin();
        if (i)
            bp_unpark(ping);
        bp_park(BP_NEVER);
    }
    bp_unpark(ping);
    done++;
    bp_thread_exit(never_called);
}

/* ---- futex ---- */

static u32 word, target;
static int woken;

static struct bp_futex at(u32 *address)
{
    return (struct bp_futex){address, {0, BP_FUTEX_INODE_PRIVATE, (u64)address}};
}

static void futex_waiter(void *arg)
{
    const struct bp_futex futex = at(&word);

    (void)arg;
    if (bp_futex_wait(&futex, 0, BP_NEVER, BP_FUTEX_ANY) == 0)
        woken++;
    bp_thread_exit(never_called);
}

static void test_futex(void)
{
    const struct bp_futex futex = at(&word), other = at(&target), wild = at((u32 *)8);
    u32 expected = 0, wrong = 7;

    for (int i = 0; i < 5; i++)
        spawn(futex_waiter, NULL);
    bp_yield();
    check(bp_futex_wake(&futex, 2, BP_FUTEX_ANY) == 2, "a futex wakes as many as asked");
    bp_yield();
    check(woken == 2, "the woken ones ran");
    check(bp_futex_requeue(&futex, &other, 1, 1, &wrong) == -EAGAIN,
          "a requeue with a changed word is refused");
    check(bp_futex_requeue(&futex, &other, 1, 1, &expected) == 2,
          "a requeue counts woken and moved");
    check(bp_futex_wake(&other, 9, BP_FUTEX_ANY) == 1, "the moved one waits on the target");
    check(bp_futex_wake(&futex, 9, BP_FUTEX_ANY) == 1, "the rest still waits on the word");
    bp_yield();
    check(woken == 5, "all waiters ended");
    check(bp_futex_wait(&futex, 1, BP_NEVER, BP_FUTEX_ANY) == -EAGAIN,
          "a wait on another value is refused");
    check(bp_futex_wait(&futex, 0, bp_now() + 1000, BP_FUTEX_ANY) == -ETIMEDOUT,
          "a wait times out");
    check(bp_futex_wait(&wild, 0, BP_NEVER, BP_FUTEX_ANY) == -EFAULT, "a wild word is EFAULT");
    word = 5;
    check(bp_futex_wake_op(&other, &futex, 1, 1, (1 << 28) | (3 << 12)) == 0 && word == 8,
          "WAKE_OP adds");
}

/* ---- the rest ---- */

static void test_timers(void)
{
    u64 before = bp_now();

    bp_park_begin();
    check(bp_park(before + 3000000) == -ETIMEDOUT, "a park ends at its deadline");
    check(bp_now() >= before + 3000000, "and not before");
}

static void test_offload(void)
{
    int fds[2];
    char c = 'x';
    long args[6] = {0};

    check(!bp_is_error(bp_host(SYS_pipe2, fds, 0)), "a pipe");
    args[0] = fds[1], args[1] = (long)&c, args[2] = 1;
    check(bp_offload(SYS_write, args) == 1, "an offloaded write returns its result");
    args[0] = fds[0];
    check(bp_offload(SYS_read, args) == 1, "an offloaded read too");
    args[0] = -1;
    check(bp_offload(SYS_read, args) == -EBADF, "and errors come back");
}

/* More than there are helpers: some calls run, the others queue. */
enum {
    READERS = 40
};
static int empty_pipe[2];
static u32 readers_waiting, readers_ended;

static void reader_main(void *arg)
{
    char c;
    long args[6] = {empty_pipe[0], (long)&c, 1};

    (void)arg;
    readers_waiting++;
    if (bp_offload_interruptible(SYS_read, args) == -EINTR)
        readers_ended++;
    bp_thread_exit(never_called);
}

static void test_offload_interrupted(void)
{
    struct bp_thread *readers[READERS];
    long args[6] = {0};
    char c = 'x';

    bp_host(SYS_pipe2, empty_pipe, 0);
    for (int i = 0; i < READERS; i++)
        readers[i] = spawn(reader_main, NULL);
    while (readers_waiting < READERS)
        bp_yield();
    for (int i = 0; i < READERS; i++)
        bp_interrupt(readers[i]);
    while (readers_ended < READERS)
        bp_yield();
    check(true, "interrupted calls end, those that run and those that queue");
    bp_host(SYS_write, empty_pipe[1], &c, 1);
    args[0] = empty_pipe[0], args[1] = (long)&c, args[2] = 1;
    check(bp_offload(SYS_read, args) == 1, "and the helpers go on");
}

static struct bp_hostfd source;
static u32 seen_events;
static struct bp_thread *watcher;

static void notify(struct bp_hostfd *from, u32 events)
{
    (void)from;
    seen_events = events;
    bp_unpark(watcher);
}

static void test_hostfd(void)
{
    int fds[2];

    bp_host(SYS_pipe2, fds, 0);
    watcher = bp_current();
    bp_hostfd_init(&source, fds[0], notify);
    check(bp_hostfd_arm(&source, 1 /* EPOLLIN */) == 0, "a host descriptor is armed");
    bp_park_begin();
    bp_host(SYS_write, fds[1], "y", 1);
    check(bp_park(bp_now() + 1000000000) == 0 && seen_events & 1, "and wakes");
    bp_hostfd_disarm(&source);
    int file = (int)bp_host(SYS_openat, AT_FDCWD, "/proc/self/exe", O_RDONLY);
    bp_hostfd_init(&source, file, notify);
    check(bp_hostfd_arm(&source, 1) == -EPERM, "a regular file cannot be armed");
}

static void main_thread(void *arg)
{
    (void)arg;
    pong = spawn(pong_main, NULL);
    ping = spawn(ping_main, NULL);
    u64 start = bp_now();
    while (done < 2)
        bp_yield();
    fprintf(stderr, "# %lu ns a switch\n", (unsigned long)((bp_now() - start) / (2 * ROUNDS)));
    check(rounds == ROUNDS, "two threads woke each other");
    test_futex();
    test_timers();
    test_offload();
    test_offload_interrupted();
    test_hostfd();
    fflush(stdout);
    _exit(failures != 0);
}

static void ready(struct bp_worker *worker)
{
    static struct bp_thread first;

    (void)worker;
    bp_thread_init(&first, main_thread, NULL);
    first.app_stats = no_stats;
    first.fs_base = bp_rdfsbase();
    bp_thread_start(&first);
}

/* The uaccess fixup without the entry: enough for the EFAULT cases. */
#include "base/uaccess.h"
#include <signal.h>
#include <ucontext.h>
static void on_segv(int sig, siginfo_t *info, void *context)
{
    greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;

    (void)sig;
    (void)info;
    if ((u64)regs[REG_RIP] - (u64)bp_uaccess_start >= (u64)(bp_uaccess_end - bp_uaccess_start))
        _exit(1);
    regs[REG_RIP] = (greg_t)bp_uaccess_fixup;
}

int main(void)
{
    struct sigaction action = {.sa_sigaction = on_segv, .sa_flags = SA_SIGINFO};
    static const int cores[1] = {-1};

    sigaction(SIGSEGV, &action, NULL);
    signal(BP_SIGNAL_TICK, SIG_IGN);
    bp_clock_init(getauxval(AT_SYSINFO_EHDR));
    bp_arena_init();
    bp_pool_init();
    bp_process_init();
    bp_futex_init();
    if (bp_workers_init(cores, 1))
        return 77;
    bp_worker_run(bp_workers[0], ready);
}
