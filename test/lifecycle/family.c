/*
 * A program with children of each sort that could outlive it: one that waits, one that is stopped,
 * one that makes no system calls, and the child of a process that has ended. Prints the pid of
 * each, then that it is ready, and waits.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void wait_for_ever(void)
{
    for (;;)
        pause();
}

static void stop(void)
{
    raise(SIGSTOP);
    wait_for_ever();
}

static void spin(void)
{
    for (volatile int i = 0;; i++)
        ;
}

static void forked(void (*run)(void))
{
    pid_t pid = fork();

    if (pid == 0)
        run();
    if (pid < 0)
        exit(1);
    printf("%d\n", pid);
}

static void leave_an_orphan(void)
{
    forked(wait_for_ever);
    fflush(stdout);
    _exit(0);
}

int main(void)
{
    pid_t pid;

    setvbuf(stdout, NULL, _IOLBF, 0);
    forked(wait_for_ever);
    forked(stop);
    forked(spin);
    pid = fork();
    if (pid == 0)
        leave_an_orphan();
    waitpid(pid, NULL, 0);
    waitpid(-1, NULL, WUNTRACED); /* one stands */
    printf("ready\n");
    wait_for_ever();
}
