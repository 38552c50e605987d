/* A pipe ends when the last duplicate of its writing end is closed. */
#include "net.h"

int main(void)
{
    char c;
    int ends[2], copy;

    signal(SIGPIPE, SIG_IGN);
    MUST(pipe(ends));
    copy = MUST(dup(ends[1]));
    SHOW(close(ends[1]));
    SAY("polls%s", poll_names(ends[0], POLL_ALL, 0));
    SHOW(write(copy, "x", 1));
    SHOW(close(copy));
    SHOW(read(ends[0], &c, 1));
    SHOW(read(ends[0], &c, 1));
    MUST(pipe(ends));
    copy = MUST(dup(ends[0]));
    SHOW(close(ends[0]));
    SHOW(write(ends[1], "x", 1));
    SHOW(close(copy));
    SHOW(write(ends[1], "x", 1));
    return 0;
}
