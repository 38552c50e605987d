/*
 * A worker, a descriptor table and user threads in a normal process: what the tests of the socket
 * floor run on. The test defines test_main(), which runs as the first user thread and ends the
 * process by harness_exit().
 */
#ifndef TEST_RUNTIME_SOCKET_HARNESS_H
#define TEST_RUNTIME_SOCKET_HARNESS_H

#include "base/clock.h"
#include "base/host.h"
#include "base/uaccess.h"
#include "memory/arena.h"
#include "memory/pool.h"
#include "sched/worker.h"
#include "socket/fdtable.h"
#include "socket/hostfile.h"
#include "socket/socket.h"
#include "socket/socket_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

static void test_main(void);

static struct bp_fdtable *harness_fds;
static u64 harness_stats[64];
static int harness_sigpipes; /* SIGPIPE that the floor has sent */

/* ---- upcalls ---- */

static void harness_signal(int sig)
{
    harness_sigpipes += sig == SIGPIPE;
}

static void harness_credentials(struct bp_cred *cred)
{
    static struct bp_cred own;

    if (!own.pid)
        own = (struct bp_cred){(u32)getpid(), getuid(), getgid()};
    *cred = own;
}

static int harness_cwd(void)
{
    return AT_FDCWD;
}

static u32 harness_umask(void)
{
    return 022;
}

static long harness_mask(u64 set, u64 size)
{
    (void)set, (void)size;
    return 0;
}

static bool harness_goes_on(void)
{
    return false;
}

static u64 harness_pending(void)
{
    return 0;
}

static bool harness_take(u64 set, siginfo_t *info)
{
    (void)set, (void)info;
    return false;
}

static const struct bp_socket_upcalls harness_upcalls = {
    .signal_self = harness_signal,
    .credentials = harness_credentials,
    .cwd_fd = harness_cwd,
    .umask = harness_umask,
    .set_signal_mask = harness_mask,
    .signal_goes_on = harness_goes_on,
    .pending_signals = harness_pending,
    .take_signal = harness_take,
};

/* ---- threads ---- */

static void harness_release(struct bp_thread *thread)
{
    bp_thread_destroy(thread);
    free(thread);
}

static __attribute__((noreturn, unused)) void harness_thread_end(void)
{
    bp_thread_exit(harness_release);
}

/* Starts a user thread that shares the descriptor table; fn must end by harness_thread_end(). */
static __attribute__((unused)) struct bp_thread *harness_spawn(void (*fn)(void *), void *arg)
{
    struct bp_thread *thread = calloc(1, sizeof(*thread));

    if (bp_thread_init(thread, fn, arg))
        abort();
    thread->app_stats = harness_stats;
    thread->fs_base = bp_rdfsbase();
    thread->fds = harness_fds;
    bp_fdtable_add_thread(harness_fds);
    bp_thread_start(thread);
    return thread;
}

static __attribute__((noreturn, unused)) void harness_exit(int status)
{
    fflush(stdout);
    _exit(status);
}

/* Lets time pass for this thread only. */
static __attribute__((unused)) void harness_sleep(u64 ns)
{
    u64 until = bp_now() + ns;

    while (bp_now() < until) {
        bp_park_begin();
        bp_park(until);
    }
}

/* ---- start ---- */

static void harness_first(void *unused)
{
    (void)unused;
    test_main();
    harness_exit(0);
}

static void harness_ready(struct bp_worker *worker)
{
    static struct bp_thread first;

    if (worker->pc.cpu)
        return;
    harness_fds = bp_fdtable_create(65536);
    for (int fd = 0; fd < 3; fd++)
        bp_fd_install_at(harness_fds, bp_hostfile_create((int)bp_host(SYS_fcntl, 1, F_DUPFD, 3)),
                         (u32)fd, false);
    bp_thread_init(&first, harness_first, NULL);
    first.app_stats = harness_stats;
    first.fs_base = bp_rdfsbase();
    first.fds = harness_fds;
    bp_thread_start(&first);
}

/* The uaccess fixup without the entry. */
static void harness_on_fault(int sig, siginfo_t *info, void *context)
{
    greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;

    (void)sig, (void)info;
    if ((u64)regs[REG_RIP] - (u64)bp_uaccess_start >= (u64)(bp_uaccess_end - bp_uaccess_start))
        abort();
    regs[REG_RIP] = (greg_t)bp_uaccess_fixup;
}

static void *harness_worker(void *worker)
{
    bp_worker_run(worker, harness_ready);
}

static int harness_run(u32 workers)
{
    struct sigaction action = {.sa_sigaction = harness_on_fault,
                               .sa_flags = SA_SIGINFO | SA_NODEFER};
    int cores[BP_WORKERS_MAX];

    for (u32 i = 0; i < BP_WORKERS_MAX; i++)
        cores[i] = -1;
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
    signal(BP_SIGNAL_TICK, SIG_IGN);
    signal(BP_SIGNAL_KICK, SIG_IGN);
    bp_clock_init(getauxval(AT_SYSINFO_EHDR));
    bp_arena_init();
    bp_pool_init();
    bp_process_init();
    if (bp_workers_init(cores, workers))
        return 77;
    bp_socket_init(&harness_upcalls);
    for (u32 i = 1; i < workers; i++) {
        pthread_t thread;

        if (pthread_create(&thread, NULL, harness_worker, bp_workers[i]))
            return 77;
    }
    bp_worker_run(bp_workers[0], harness_ready);
}

#endif
