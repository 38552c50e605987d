/*
 * Signals to single threads of another process: the one that is meant takes it, and knows by whom
 * and how it was sent; threads that are gone, or another process's, are not found.
 */
#include "fork.h"
#include <poll.h>
#include <sys/syscall.h>

static int out[2], in[2];

/* What was heard; said by who sent it, so that the order of lines is one. */
struct heard {
    int signal, code, stranger, value;
};

static void *hears(void *arg)
{
    pid_t tid = gettid();
    sigset_t set;
    siginfo_t info;

    (void)arg;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGRTMIN);
    MUST(write(out[1], &tid, sizeof(tid)));
    for (int i = 0; i < 3; i++) {
        int signal = MUST(sigwaitinfo(&set, &info));
        struct heard heard = {signal, info.si_code, info.si_pid != getpid(),
                              info.si_value.sival_int};

        MUST(write(out[1], &heard, sizeof(heard)));
    }
    return NULL;
}

static void block_signals(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGRTMIN);
    sigprocmask(SIG_BLOCK, &set, NULL);
}

static void answered(void)
{
    struct heard heard;

    MUST(read(out[0], &heard, sizeof(heard)));
    SAY("%s code %d from the other: %d value %d", heard.signal == SIGUSR1 ? "USR1" : "RTMIN",
        heard.code, heard.stranger, heard.value);
}

static void send_to(pid_t pid, pid_t tid)
{
    SHOW(syscall(SYS_tgkill, pid, tid, 0));
    SHOW(syscall(SYS_tgkill, pid, tid, SIGUSR1));
    answered();
    SHOW(syscall(SYS_tkill, tid, SIGUSR1));
    answered();
    SHOW(syscall(SYS_tgkill, getpid(), tid, SIGUSR1));
    SHOW(syscall(SYS_tgkill, tid, tid, 0) == -1 ? errno == ESRCH : -1);
    SHOW(kill(tid, 0));
    SHOW(syscall(SYS_tgkill, pid, tid, SIGRTMIN));
    answered();
    while (syscall(SYS_tgkill, pid, tid, 0) == 0)
        sched_yield();
    SAY("its thread is gone: %s", err_name(errno));
    SHOW(syscall(SYS_tkill, tid, SIGUSR1));
    SHOW(kill(tid, 0));
}

static void to_a_child(void)
{
    pid_t tid, pid = must_fork();

    if (!pid) {
        char byte;

        join_thread(start_thread(hears, NULL));
        MUST(read(in[0], &byte, 1));
        _exit(0);
    }
    MUST(read(out[0], &tid, sizeof(tid)));
    send_to(pid, tid);
    MUST(write(in[1], "", 1));
    reap("child", pid);
}

static void to_the_parent(void)
{
    pthread_t thread = start_thread(hears, NULL);
    pid_t pid = must_fork();

    if (!pid) {
        pid_t tid;

        MUST(read(out[0], &tid, sizeof(tid)));
        send_to(getppid(), tid);
        _exit(0);
    }
    join_thread(thread);
    reap("child", pid);
}

/* Killed with threads: none of their ids is left. */
static void of_the_killed(void)
{
    pid_t tid, pid = must_fork();
    char byte;

    if (!pid) {
        start_thread(hears, NULL);
        MUST(read(in[0], &byte, 1));
    }
    MUST(read(out[0], &tid, sizeof(tid)));
    MUST(kill(pid, SIGKILL));
    reap("killed", pid);
    SHOW(syscall(SYS_tgkill, pid, tid, 0));
    SHOW(syscall(SYS_tkill, tid, SIGUSR1));
}

int main(void)
{
    MUST(pipe(out));
    MUST(pipe(in));
    block_signals();
    to_a_child();
    to_the_parent();
    of_the_killed();
    return 0;
}
