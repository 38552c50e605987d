/*
 * Two programs share a segment, hand a turn back and forth by semaphores, and send each other
 * messages, all found by a key.
 *
 * roles: one two
 */
#include "echo.h"
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

enum {
    ROUNDS = 200
};

static void step(int sems, int sem, int by)
{
    struct sembuf op = {(unsigned short)sem, (short)by, 0};

    MUST(semop(sems, &op, 1));
}

int main(int argc, char **argv)
{
    int me = is_role(argc, argv, "one") ? 0 : 1, fd = MUST(open("key", O_CREAT, 0600));
    key_t key = MUST(ftok("key", 'k'));
    int shm = MUST(shmget(key, 4096, IPC_CREAT | 0600));
    int sems = MUST(semget(key, 2, IPC_CREAT | 0600));
    int queue = MUST(msgget(key, IPC_CREAT | 0600));
    volatile int *count = shmat(shm, NULL, 0);
    struct {
        long type;
        int value;
    } message = {1, 0};

    MUST(close(fd));
    CHECK(count != (void *)-1);
    if (me == 0)
        step(sems, 0, 1);
    for (int i = 0; i < ROUNDS; i++) {
        step(sems, me, -1);
        CHECK(*count == 2 * i + me);
        ++*count;
        step(sems, 1 - me, 1);
    }
    if (me == 1) {
        message.value = *count;
        MUST(msgsnd(queue, &message, sizeof(message.value), 0));
        SAY("sent");
        return 0;
    }
    SHOW(msgrcv(queue, &message, sizeof(message.value), 1, 0));
    SAY("%d", message.value);
    SHOW(shmdt((void *)count));
    SHOW(shmctl(shm, IPC_RMID, NULL));
    SHOW(semctl(sems, 0, IPC_RMID));
    SHOW(msgctl(queue, IPC_RMID, NULL));
    return 0;
}
