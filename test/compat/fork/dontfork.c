/* madvise(2): the child of a fork does not have what was marked MADV_DONTFORK. */
#include "fork.h"
#include <sys/mman.h>

int main(void)
{
    char *p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    pid_t pid;

    CHECK(p != MAP_FAILED);
    p[0] = p[4096] = 1;
    MUST(madvise(p, 4096, MADV_DONTFORK));
    pid = must_fork();
    if (pid == 0) {
        SHOW(madvise(p, 4096, MADV_NORMAL));
        SHOW(p[4096]);
        exit(0);
    }
    reap("child", pid);
    SHOW(p[0]);
    return 0;
}
