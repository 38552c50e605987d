/* Under RLIMIT_AS a mapping that does not fit is refused with ENOMEM, and the next small one is
 * not. */
#include "compat.h"
#include <sys/mman.h>
#include <sys/resource.h>

#define GIB ((size_t)1 << 30)

int main(void)
{
    struct rlimit limit = {2 * GIB, 2 * GIB};
    void *blocks[64];
    int n = 0;

    SHOW(setrlimit(RLIMIT_AS, &limit));
    SHOW_PTR(mmap(NULL, 4 * GIB, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    SHOW_PTR(malloc(4 * GIB));
    while (n < 64 && (blocks[n] = malloc(128 << 20)))
        n++;
    CHECK(n > 4 && n < 17);
    SAY("%s", err_name(errno));
    free(blocks[0]);
    SHOW_PTR(malloc(64 << 20));
    SHOW_PTR(malloc(1000));
    return 0;
}
