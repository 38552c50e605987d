/* A wait for several things ends when any of them happens in another thread. */
#include "net.h"
#include <sys/eventfd.h>

static int ends[2], pair[2], event_fd;

static void *make_ready(void *arg)
{
    sleep_ms(5);
    switch ((long)arg) {
    case 0:
        MUST(write(ends[1], "x", 1));
        break;
    case 1:
        MUST(send(pair[1], "y", 1, 0));
        break;
    case 2:
        MUST(eventfd_write(event_fd, 3));
        break;
    case 3:
        MUST(close(ends[1]));
        break;
    default:
        MUST(close(pair[1]));
    }
    return NULL;
}

int main(void)
{
    char c;

    MUST(pipe(ends));
    tcp_pair(pair);
    event_fd = MUST(eventfd(0, 0));
    for (long i = 0; i < 5; i++) {
        struct pollfd p[3] = {{ends[0], POLLIN, 0}, {pair[0], POLLIN, 0}, {event_fd, POLLIN, 0}};
        pthread_t thread = start_thread(make_ready, (void *)i);

        if (i == 4)
            p[0].fd = -1;
        SHOW(poll(p, 3, -1));
        SAY("%x %x %x", p[0].revents, p[1].revents, p[2].revents);
        join_thread(thread);
        if (i == 0)
            MUST(read(ends[0], &c, 1));
        if (i == 1)
            MUST(read(pair[0], &c, 1));
        if (i == 2)
            MUST(eventfd_read(event_fd, &(eventfd_t){0}));
    }
    return 0;
}
