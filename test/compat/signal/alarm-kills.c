/*
 * SIGALRM without a handler ends the program, blocked or not.
 *
 * exit: 142
 */
#include "compat.h"
#include <sys/time.h>

int main(void)
{
    struct itimerval soon = {{0, 0}, {0, 20000}};

    SAY("waiting");
    MUST(setitimer(ITIMER_REAL, &soon, NULL));
    for (;;)
        pause();
}
