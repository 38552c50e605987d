/*
 * A fault cannot be ignored: it ends the program all the same.
 *
 * exit: 136
 * report: SIGFPE
 */
#include "compat.h"

int main(void)
{
    signal(SIGFPE, SIG_IGN);
    SHOW(raise(SIGFPE));
    __asm__ volatile("xor %%ecx, %%ecx; mov $1, %%eax; cltd; idiv %%ecx" ::: "eax", "ecx", "edx");
    return 0;
}
