/*
 * A fault with a stack pointer that points nowhere ends the program by SIGSEGV; a handler cannot be
 * run.
 *
 * exit: 139
 * report: SIGSEGV
 */
#include "compat.h"

static void never(int sig)
{
    SAY("not run for %d", sig);
}

int main(void)
{
    on_signal(SIGSEGV, never, 0);
    SAY("losing the stack");
    __asm__ volatile("mov $64, %rsp; push %rax");
    return 0;
}
