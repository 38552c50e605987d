/* A fixed low address that no program of the variant is linked at can be had, and page 0 cannot be
 * used. */
#include "compat.h"
#include <setjmp.h>
#include <sys/mman.h>

static sigjmp_buf back;

static void on_fault(int sig)
{
    siglongjmp(back, sig);
}

int main(void)
{
    char *want = (char *)0x20000000;
    char *volatile null = NULL;
    char *got = mmap(want, 1 << 20, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

    CHECK(got == want);
    memset(got, 1, 1 << 20);
    on_signal(SIGSEGV, on_fault, 0);
    if (sigsetjmp(back, 1) == 0)
        *null = 1;
    else
        SAY("a store to address 0 faults");
    SHOW(munmap(got, 1 << 20));
    return 0;
}
