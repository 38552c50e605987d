/* Sets within sets pass readiness up; chains that are too deep are refused. */
#include "epoll.h"

int main(void)
{
    int ends[2], sets[8], depth = 0;

    MUST(pipe(ends));
    for (int i = 0; i < 8; i++)
        sets[i] = MUST(epoll_create1(0));
    MUST(add(sets[0], ends[0], EPOLLIN));
    while (depth < 7 && add(sets[depth + 1], sets[depth], EPOLLIN) == 0)
        depth++;
    SAY("depth %d, then %s", depth, err_name(errno));
    SAY("polls%s", poll_names(sets[depth], POLLIN, 0));
    SHOW_EVENTS(sets[1], 0);
    MUST(write(ends[1], "x", 1));
    SAY("polls%s", poll_names(sets[depth], POLLIN, 0));
    SHOW_EVENTS(sets[depth], 0);
    SHOW_EVENTS(sets[1], 0);
    SHOW_EVENTS(sets[0], 0);
    MUST(read(ends[0], (char[1]){0}, 1));
    SHOW_EVENTS(sets[depth], 0);
    SHOW_EVENTS(sets[0], 0);
    return 0;
}
