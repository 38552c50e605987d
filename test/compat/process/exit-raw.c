/*
 * _exit leaves at once: no handlers, no flush.
 *
 * exit: 5
 */
#include "compat.h"

static void never(void)
{
    SAY("not run");
}

int main(void)
{
    SAY("flushed");
    atexit(never);
    setvbuf(stdout, NULL, _IOFBF, 4096);
    SAY("lost");
    _exit(5);
}
