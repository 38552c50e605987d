/*
 * A wild store ends the program by SIGSEGV.
 *
 * exit: 139
 * report: SIGSEGV
 * variants: glibc static musl
 */
#include "compat.h"

int main(void)
{
    int *volatile wild = (int *)0x10;

    SAY("storing");
    *wild = 1;
    SAY("not reached");
    return 0;
}
