/*
 * System V semaphores between threads: waits end by another thread's semop, by time, by a signal,
 * by removal.
 */
#include "compat.h"
#include <sys/ipc.h>
#include <sys/sem.h>

static int id;

static void *waiter(void *arg)
{
    struct sembuf op = {(unsigned short)(intptr_t)arg, -1, 0};

    return (void *)(intptr_t)(semop(id, &op, 1) ? errno : 0);
}

static void on_alarm(int sig)
{
    (void)sig;
}

static void wait_for_waiters(int sem, int count)
{
    while (MUST(semctl(id, sem, GETNCNT)) < count)
        sched_yield();
}

int main(void)
{
    struct sembuf take = {0, -1, 0}, give = {0, 1, 0}, zero = {0, 0, IPC_NOWAIT};
    struct sembuf both[] = {{0, -1, 0}, {1, 1, 0}}, far = {9, 1, 0}, many[501];
    struct timespec soon = {0, 20000000}, wrong = {0, 2000000000};
    pthread_t thread;

    id = MUST(semget(IPC_PRIVATE, 2, IPC_CREAT | 0600));
    SHOW(semctl(id, 0, SETVAL, 1));
    SHOW(semop(id, &zero, 1));
    SHOW(semop(id, both, 2));
    SHOW(semctl(id, 0, GETVAL));
    SHOW(semctl(id, 1, GETVAL));
    SHOW(semop(id, &zero, 1));
    thread = start_thread(waiter, (void *)0);
    wait_for_waiters(0, 1);
    SHOW(semop(id, &give, 1));
    SAY("%ld", (long)(intptr_t)join_thread(thread));
    SHOW(semtimedop(id, &take, 1, &soon));
    SHOW(semtimedop(id, &take, 1, &wrong));
    take.sem_flg = IPC_NOWAIT;
    SHOW(semop(id, &take, 1));
    take.sem_flg = 0;
    SHOW(semop(id, &far, 1));
    SHOW(semop(id, &take, 0));
    SHOW(semop(id, (struct sembuf *)8, 1));
    SHOW(semop(id, many, 501));
    SHOW(semop(-1, &take, 1));
    on_signal(SIGALRM, on_alarm, SA_RESTART);
    ualarm(20000, 0);
    SHOW(semop(id, &take, 1));
    thread = start_thread(waiter, (void *)1);
    CHECK(join_thread(thread) == 0);
    thread = start_thread(waiter, (void *)1);
    wait_for_waiters(1, 1);
    SHOW(semctl(id, 0, IPC_RMID));
    SAY("%s", err_name((int)(intptr_t)join_thread(thread)));
    SHOW(semop(id, &give, 1));
    return 0;
}
