/* Protection keys: what is wrong for any processor, and pkey_mprotect without a key. */
#include "compat.h"
#include <sys/mman.h>

int main(void)
{
    char *area = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    SHOW(pkey_alloc(1, 0));
    SHOW(pkey_alloc(0, 0x100));
    SHOW(pkey_free(12));
    SHOW(pkey_free(-1));
    SHOW(syscall(SYS_pkey_mprotect, area, 4096, PROT_READ | PROT_WRITE, -1));
    area[0] = 1;
    SHOW(syscall(SYS_pkey_mprotect, area, 4096, PROT_READ, 12));
    return 0;
}
