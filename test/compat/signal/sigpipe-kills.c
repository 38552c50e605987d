/*
 * A write to a pipe without reader kills the program, when it does not say otherwise.
 *
 * exit: 141
 */
#include "compat.h"

int main(void)
{
    int ends[2];

    MUST(pipe(ends));
    close(ends[0]);
    SAY("writing");
    write(ends[1], "x", 1);
    SAY("not reached");
    return 0;
}
