/* Requests beyond the address space fail, and leave the heap usable. */
#include "compat.h"

int main(void)
{
    volatile size_t huge = (size_t)1 << 60;
    char *p;

    SHOW_PTR(malloc(huge));
    SHOW_PTR(calloc(huge, 16));
    p = malloc(1000);
    memset(p, 1, 1000);
    SHOW_PTR(realloc(p, 100000));
    return 0;
}
