/* POSIX shared memory: two openings of one name are one memory; the name goes, the memory stays. */
#include "compat.h"
#include <sys/mman.h>

int main(void)
{
    char name[64];
    char *a, *b;
    int one, two;

    snprintf(name, sizeof(name), "/compat-%d", getpid());
    SHOW(one = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600));
    CHECK(shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600) == -1 && errno == EEXIST);
    SHOW(two = shm_open(name, O_RDWR, 0));
    SHOW(ftruncate(one, 4096));
    a = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, one, 0);
    b = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, two, 0);
    strcpy(a, "shared");
    SAY("%s", b);
    SHOW(shm_unlink(name));
    SHOW(shm_unlink(name));
    strcpy(b, "still");
    SAY("%s", a);
    return 0;
}
