/*
 * The status of exit is cut to eight bits; handlers run in reverse, streams are flushed.
 *
 * exit: 44
 * variants: all
 */
#include "compat.h"

static void first(void)
{
    SAY("first registered, last run");
}

static void second(void)
{
    SAY("second");
}

__attribute__((constructor)) static void before(void)
{
    SAY("before main");
}

__attribute__((destructor)) static void after(void)
{
    SAY("after main");
}

int main(void)
{
    atexit(first);
    atexit(second);
    setvbuf(stdout, NULL, _IOFBF, 4096);
    SAY("buffered");
    exit(300);
}
