/* mlock and its relatives, with what they refuse. */
#include "compat.h"
#include <sys/mman.h>

enum {
    PAGE = 4096
};

int main(void)
{
    char *area = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    SHOW(mlock(area, 2 * PAGE));
    SHOW(munlock(area, 2 * PAGE));
    SHOW(mlock2(area, PAGE, 0x1000));
    SHOW(mlockall(0));
    MUST(munmap(area, 4 * PAGE));
    SHOW(mlock(area, PAGE));
    SHOW(munlock(area, PAGE));
    return 0;
}
