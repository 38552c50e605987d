/* A connection ends when the last of its descriptors is closed. */
#include "net.h"

int main(void)
{
    char c;
    int pair[2], copy, moved;

    tcp_pair(pair);
    copy = MUST(dup(pair[0]));
    SHOW(close(pair[0]));
    SAY("polls%s", poll_names(pair[1], POLLIN | POLLRDHUP, 0));
    SHOW(write(copy, "x", 1));
    SHOW(read(pair[1], &c, 1));
    SHOW(moved = dup2(copy, 50));
    SHOW(close(copy));
    SHOW(write(moved, "y", 1));
    SHOW(read(pair[1], &c, 1));
    SHOW(dup2(1, moved) == moved);
    SAY("polls%s", poll_names(pair[1], POLLIN | POLLRDHUP, -1));
    SHOW(read(pair[1], &c, 1));
    return 0;
}
