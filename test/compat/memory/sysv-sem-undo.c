/*
 * SEM_UNDO: what a process has done to a semaphore is undone when it ends, however that be; not
 * when one of its threads does, nor when it executes another program. SETVAL forgets it, and a
 * child does not inherit it.
 */
#include "compat.h"
#include <sys/ipc.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/wait.h>

static int id;

static int op(int sem, int by, int flags)
{
    struct sembuf ops = {(unsigned short)sem, (short)by, (short)flags};

    return semop(id, &ops, 1);
}

static int value(int sem)
{
    return (int)MUST(semctl(id, sem, GETVAL));
}

static void *takes(void *arg)
{
    MUST(op(0, -1, SEM_UNDO));
    return arg;
}

static void *waits(void *arg)
{
    return (void *)(long)(op(1, -1, SEM_UNDO) ? errno : *(int *)arg);
}

static pid_t child_of(void (*body)(void))
{
    pid_t pid = MUST(fork());

    if (!pid) {
        body();
        _exit(0);
    }
    return pid;
}

static void ended(const char *what, pid_t pid)
{
    int status;

    MUST(waitpid(pid, &status, 0));
    SAY("%s (%x): %d", what, status, value(0));
}

static void takes_and_exits(void)
{
    takes(NULL);
    SAY("taken: %d", value(0));
}

static void thread_takes(void)
{
    join_thread(start_thread(takes, NULL));
    SAY("its thread has ended: %d", value(0));
}

static void is_killed(void)
{
    takes(NULL);
    op(1, 1, 0);
    pause();
}

static void executes(void)
{
    char text[16];

    takes(NULL);
    snprintf(text, sizeof(text), "%d", id);
    execl("/proc/self/exe", "again", text, NULL);
    _exit(1);
}

static void child_of_a_child(void)
{
    int status;

    takes(NULL);
    if (!fork())
        _exit(0);
    MUST(wait(&status));
    SAY("a child that ends undoes nothing of its parent's: %d", value(0));
}

static void set_meanwhile(void)
{
    takes(NULL);
    MUST(semctl(id, 0, SETVAL, 5));
}

static void waits_in_a_thread(void)
{
    int answer = 0;
    pthread_t thread = start_thread(waits, &answer);

    while (MUST(semctl(id, 1, GETNCNT)) < 1)
        sched_yield();
    MUST(op(1, 1, SEM_UNDO));
    SAY("a waiting thread got it: %s", err_name((int)(long)join_thread(thread)));
}

static void on_alarm(int sig)
{
    (void)sig;
}

int main(int argc, char **argv)
{
    pid_t pid;

    if (argc > 1) {
        id = atoi(argv[1]);
        SAY("executed: %d", value(0));
        return 0;
    }
    id = MUST(semget(IPC_PRIVATE, 2, IPC_CREAT | 0600));
    MUST(semctl(id, 0, SETVAL, 3));
    ended("exit", child_of(takes_and_exits));
    ended("a thread of it", child_of(thread_takes));
    pid = child_of(is_killed);
    MUST(op(1, -1, 0));
    SAY("held: %d", value(0));
    MUST(kill(pid, SIGKILL));
    ended("killed", pid);
    ended("exec", child_of(executes));
    ended("grandchild", child_of(child_of_a_child));
    ended("SETVAL", child_of(set_meanwhile));
    ended("two threads", child_of(waits_in_a_thread));
    waits_in_a_thread();
    SHOW(op(1, -1, SEM_UNDO | IPC_NOWAIT));
    on_signal(SIGALRM, on_alarm, SA_RESTART);
    ualarm(20000, 0);
    SHOW(op(1, -1, SEM_UNDO));
    SHOW(op(7, -1, SEM_UNDO));
    takes(NULL);
    SAY("%d", value(0));
    ended("child of who holds it", child_of(takes_and_exits));
    SHOW(semctl(id, 0, IPC_RMID));
    SHOW(op(0, 1, SEM_UNDO));
    return 0;
}
