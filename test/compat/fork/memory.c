/*
 * fork(2): stack, heap, data and private mappings are copied; shared mappings, anonymous and of
 * files, stay common, in both directions; madvise(2) MADV_DONTFORK and MADV_WIPEONFORK hold.
 */
#include "fork.h"
#include <sys/mman.h>

static int data = 1;

static int *map(int flags, int fd)
{
    void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, flags, fd, 0);

    CHECK(p != MAP_FAILED);
    return p;
}

int main(void)
{
    int local = 1, *heap = malloc(1 << 20), file = file_with("shared", "");
    int *private = map(MAP_PRIVATE | MAP_ANONYMOUS, -1),
        *shared = map(MAP_SHARED | MAP_ANONYMOUS, -1);
    int *wiped = map(MAP_PRIVATE | MAP_ANONYMOUS, -1), *of_file, *private_file;
    struct gate down = gate_new(), up = gate_new();
    volatile int *stack = &local;
    pid_t pid;

    MUST(ftruncate(file, 4096));
    of_file = map(MAP_SHARED, file);
    private_file = map(MAP_PRIVATE, file);
    *heap = *private = *shared = *wiped = *of_file = 1;
    MUST(madvise(wiped, 4096, MADV_WIPEONFORK));
    pid = must_fork();
    if (pid == 0) {
        *stack = *heap = data = *private = *shared = *of_file = 2;
        *private_file = 7;
        SAY("child: wiped %d", *wiped);
        gate_open(up);
        gate_wait(down);
        SAY("child: stack %d heap %d data %d private %d shared %d file %d private file %d", *stack,
            *heap, data, *private, *shared, *of_file, *private_file);
        exit(0);
    }
    gate_wait(up);
    SAY("parent: stack %d heap %d data %d private %d shared %d file %d private file %d wiped %d",
        *stack, *heap, data, *private, *shared, *of_file, *private_file, *wiped);
    *stack = *heap = data = *private = *shared = *of_file = 3;
    gate_open(down);
    reap("child", pid);
    return 0;
}
