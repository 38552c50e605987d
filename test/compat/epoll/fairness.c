/* Successive calls with little room go round all that are ready. */
#include "epoll.h"

enum {
    PIPES = 50
};

int main(void)
{
    struct epoll_event events[7];
    int seen[PIPES * 3] = {0}, distinct = 0;
    int set = MUST(epoll_create1(0));

    for (int i = 0; i < PIPES; i++) {
        int ends[2];

        MUST(pipe(ends));
        MUST(write(ends[1], "x", 1));
        MUST(add(set, ends[0], EPOLLIN));
    }
    for (int round = 0; round < (PIPES + 6) / 7; round++) {
        int n = MUST(epoll_wait(set, events, 7, 0));

        SAY("%d", n);
        for (int i = 0; i < n; i++)
            distinct += !seen[events[i].data.fd]++;
    }
    SAY("distinct %d", distinct);
    return 0;
}
