/*
 * Two programs map one POSIX shared memory object and one file, and see each other's stores; msync
 * brings them to the file.
 *
 * roles: one two
 */
#include "echo.h"
#include <sys/mman.h>

static volatile int *map_shared(int fd)
{
    MUST(ftruncate(fd, 4096));
    return mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
}

static void wait_for(volatile int *at, int value)
{
    while (__atomic_load_n(at, __ATOMIC_ACQUIRE) != value)
        sched_yield();
}

int main(int argc, char **argv)
{
    bool one = is_role(argc, argv, "one");
    char name[64];
    int fd = MUST(open("file", O_RDWR | O_CREAT, 0600)), from_file[3] = {0};
    volatile int *file = map_shared(fd), *shm;

    snprintf(name, sizeof(name), "/compat-pair-%d", pair_port());
    shm = map_shared(MUST(shm_open(name, O_RDWR | O_CREAT, 0600)));
    CHECK(file != MAP_FAILED && shm != MAP_FAILED);
    for (int i = 0; i < 100; i++) {
        if (one) {
            __atomic_store_n(&shm[0], i + 1, __ATOMIC_RELEASE);
            wait_for(&file[1], i + 1);
        } else {
            wait_for(&shm[0], i + 1);
            __atomic_store_n(&file[1], i + 1, __ATOMIC_RELEASE);
        }
    }
    if (one) {
        file[2] = 77;
        SHOW(msync((void *)file, 4096, MS_SYNC));
        CHECK(pread(fd, from_file, sizeof(from_file), 0) == sizeof(from_file));
        SAY("%d %d", from_file[1], from_file[2]);
        SHOW(msync((void *)file, 4096, MS_SYNC | MS_ASYNC));
        SHOW(msync((char *)file + 1, 4096, MS_SYNC));
        SHOW(msync((void *)file, 4096, 64));
        SHOW(shm_unlink(name));
    }
    SAY("%d %d", shm[0], file[1]);
    return 0;
}
