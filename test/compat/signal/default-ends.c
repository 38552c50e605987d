/*
 * A terminating signal sent to itself ends the program at once.
 *
 * exit: 143
 */
#include "compat.h"

static void farewell(void)
{
    SAY("not said");
}

int main(void)
{
    atexit(farewell);
    SAY("sending");
    kill(getpid(), SIGTERM);
    SAY("not reached");
    return 0;
}
