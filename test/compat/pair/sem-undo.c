/*
 * A program's SEM_UNDO is carried out when that program ends, while another goes on.
 * roles: holder heir
 */
#include "compat.h"
#include <sys/ipc.h>
#include <sys/sem.h>

enum {
    HELD,
    TAKEN,
    MAY_END,
    COUNT
};

static int id;

static long op(int sem, int by, int flags)
{
    struct sembuf ops = {(unsigned short)sem, (short)by, (short)flags};

    return semop(id, &ops, 1);
}

int main(int argc, char **argv)
{
    CHECK(argc > 1);
    id = MUST(semget(0x42500000 + atoi(getenv("COMPAT_PORT")), COUNT, IPC_CREAT | 0600));
    if (!strcmp(argv[1], "holder")) {
        MUST(op(HELD, 1, SEM_UNDO));
        MUST(op(TAKEN, 1, 0));
        MUST(op(MAY_END, -1, SEM_UNDO));
        return 0;
    }
    MUST(op(TAKEN, -1, 0));
    printf("heir: held: %ld\n", MUST(semctl(id, HELD, GETVAL)));
    MUST(op(MAY_END, 1, 0));
    MUST(op(HELD, 0, 0));
    printf("heir: given back\n");
    MUST(semctl(id, 0, IPC_RMID));
    return 0;
}
