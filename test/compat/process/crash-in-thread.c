/*
 * A crash in one thread ends all of the program.
 *
 * exit: 132
 * report: SIGILL
 */
#include "compat.h"

static void *crash(void *arg)
{
    SAY("crashing");
    __asm__ volatile("ud2");
    return arg;
}

int main(void)
{
    start_thread(crash, NULL);
    pause();
    return 0;
}
