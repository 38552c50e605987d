/* A mapping with MAP_GROWSDOWN grows when the page below it is touched, where nothing is mapped. */
#include "compat.h"
#include <sys/mman.h>

enum {
    PAGE = 4096
};

int main(void)
{
    char *space = mmap(NULL, 1024 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *stack = space + 1000 * PAGE;

    CHECK(space != MAP_FAILED);
    MUST(munmap(space, 1024 * PAGE));
    CHECK(mmap(stack, 2 * PAGE, PROT_READ | PROT_WRITE,
               MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_FIXED_NOREPLACE, -1, 0) == stack);
    for (volatile char *at = stack + PAGE; at > stack - 20 * PAGE; at -= 512)
        *at = 1;
    SAY("%d", stack[-19 * PAGE]);
    for (int i = 0; i < 2000; i++) {
        char *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        CHECK(p != MAP_FAILED && *p == 0);
        *p = 2;
    }
    SAY("%d", stack[-19 * PAGE]);
    return 0;
}
