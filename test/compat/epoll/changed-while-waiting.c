/* What another thread adds, modifies or writes ends a wait in progress. */
#include "epoll.h"

static int set, ends[2], phase;

static void *change(void *arg)
{
    sleep_ms(10);
    if (phase == 0)
        MUST(add(set, ends[1], EPOLLOUT));
    else if (phase == 1)
        MUST(modify(set, ends[1], EPOLLOUT));
    else
        MUST(write(ends[1], "x", 1));
    return arg;
}

int main(void)
{
    pthread_t thread;

    set = MUST(epoll_create1(0));
    MUST(pipe(ends));
    for (phase = 0; phase < 3; phase++) {
        thread = start_thread(change, NULL);
        SHOW_EVENTS(set, -1);
        join_thread(thread);
        if (phase == 0)
            SHOW(modify(set, ends[1], 0));
        else if (phase == 1) {
            SHOW(remove_fd(set, ends[1]));
            SHOW(add(set, ends[0], EPOLLIN));
        }
    }
    return 0;
}
