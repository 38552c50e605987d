/* System V shared memory: attached at any address or a given one, detached, removed, refused. */
#include "compat.h"
#include <sys/mman.h>
#include <sys/shm.h>

enum {
    PAGE = 4096
};

int main(void)
{
    int id = MUST(shmget(IPC_PRIVATE, 3 * PAGE - 10, IPC_CREAT | 0600)), low;
    struct shmid_ds info;
    char *a, *b, *place, *at;

    a = SHOW_PTR(shmat(id, NULL, 0));
    b = SHOW_PTR(shmat(id, NULL, SHM_RDONLY));
    strcpy(a, "shared");
    SAY("%s %d", b, a[2 * PAGE]);
    SHOW(shmctl(id, IPC_STAT, &info));
    SAY("size %zu, attached %lu", info.shm_segsz, (unsigned long)info.shm_nattch);
    CHECK(shmat(id, a, 0) == (void *)-1);
    SAY("%s", err_name(errno));
    place = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(place, 'x', 8 * PAGE);
    CHECK(shmat(id, place + PAGE + 5, 0) == (void *)-1);
    SAY("%s", err_name(errno));
    at = shmat(id, place + PAGE + 5, SHM_RND | SHM_REMAP);
    CHECK(at == place + PAGE);
    SAY("%s %c %c", at, place[PAGE - 1], place[4 * PAGE]);
    SHOW(shmdt(at + PAGE));
    SHOW(shmdt(at));
    SHOW(shmdt(at));
    MUST(munmap(place, 8 * PAGE));
    at = shmat(id, place, 0);
    CHECK(at == place);
    CHECK(mmap(at + PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
               0) == at + PAGE);
    at[PAGE] = 'm';
    SHOW(shmdt(at));
    SAY("%c", at[PAGE]);
    SHOW_PTR(shmat(id, NULL, SHM_REMAP));
    SHOW(shmctl(id, IPC_RMID, NULL));
    SAY("%s", b);
    SHOW(shmdt(a));
    SHOW(shmdt(b));
    SHOW(shmctl(id, IPC_STAT, &info));
    SHOW_PTR(shmat(id, NULL, 0));
    low = shmget(IPC_PRIVATE, 0, IPC_CREAT | 0600);
    SAY("%d %s", low, err_name(errno));
    SHOW(shmget(0x7e57beef, PAGE, 0600));
    return 0;
}
