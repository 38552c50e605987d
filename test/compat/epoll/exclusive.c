/* EPOLLEXCLUSIVE: what it may be combined with, and that a wake-up reaches at least one of the
 * sets. */
#include "epoll.h"
#include <sys/eventfd.h>

static int fd, woken;

static void *wait_in_own_set(void *arg)
{
    struct epoll_event event;
    int set = MUST(epoll_create1(0));
    uint64_t value;

    MUST(add(set, fd, EPOLLIN | EPOLLEXCLUSIVE));
    while (epoll_wait(set, &event, 1, -1) == 1) {
        if (read(fd, &value, sizeof(value)) == sizeof(value))
            __atomic_add_fetch(&woken, 1, __ATOMIC_SEQ_CST);
        if (__atomic_load_n(&woken, __ATOMIC_SEQ_CST) >= 100)
            break;
    }
    MUST(write(fd, &(uint64_t){1}, 8));
    return arg;
}

int main(void)
{
    pthread_t threads[3];
    int set = MUST(epoll_create1(0)), inner = MUST(epoll_create1(0));

    fd = MUST(eventfd(0, EFD_NONBLOCK));
    SHOW(add(set, fd, EPOLLIN | EPOLLEXCLUSIVE | EPOLLONESHOT));
    SHOW(add(set, inner, EPOLLIN | EPOLLEXCLUSIVE));
    SHOW(add(set, fd, EPOLLIN | EPOLLEXCLUSIVE | EPOLLET));
    SHOW(modify(set, fd, EPOLLIN | EPOLLEXCLUSIVE));
    SHOW(modify(set, fd, EPOLLIN));
    SHOW(remove_fd(set, fd));
    for (int i = 0; i < 3; i++)
        threads[i] = start_thread(wait_in_own_set, NULL);
    for (int i = 0; i < 100; i++) {
        int before = __atomic_load_n(&woken, __ATOMIC_SEQ_CST);

        MUST(eventfd_write(fd, 1));
        while (__atomic_load_n(&woken, __ATOMIC_SEQ_CST) == before)
            sched_yield();
    }
    MUST(eventfd_write(fd, 1));
    for (int i = 0; i < 3; i++)
        join_thread(threads[i]);
    SAY("all went");
    return 0;
}
