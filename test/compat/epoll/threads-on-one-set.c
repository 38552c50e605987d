/* Threads that wait on one set with one-shot events: each event goes to one of them. */
#include "epoll.h"

enum {
    THREADS = 4,
    PIPES = 20,
    MESSAGES = 50
};
static int set, pipes[PIPES][2], left = PIPES * MESSAGES;
static int owner[PIPES];

static void *serve(void *arg)
{
    struct epoll_event event;
    long served = 0;
    char c;

    (void)arg;
    while (__atomic_load_n(&left, __ATOMIC_SEQ_CST) > 0) {
        if (MUST(epoll_wait(set, &event, 1, 5)) == 0)
            continue;
        CHECK(__atomic_exchange_n(&owner[event.data.fd], 1, __ATOMIC_SEQ_CST) == 0);
        MUST(read(pipes[event.data.fd][0], &c, 1));
        __atomic_sub_fetch(&left, 1, __ATOMIC_SEQ_CST);
        served++;
        __atomic_store_n(&owner[event.data.fd], 0, __ATOMIC_SEQ_CST);
        event.events = EPOLLIN | EPOLLONESHOT;
        MUST(epoll_ctl(set, EPOLL_CTL_MOD, pipes[event.data.fd][0], &event));
    }
    return (void *)served;
}

int main(void)
{
    pthread_t threads[THREADS];
    long served = 0;

    set = MUST(epoll_create1(0));
    for (int i = 0; i < PIPES; i++) {
        struct epoll_event event = {.events = EPOLLIN | EPOLLONESHOT, .data.fd = i};

        MUST(pipe(pipes[i]));
        MUST(epoll_ctl(set, EPOLL_CTL_ADD, pipes[i][0], &event));
    }
    for (int i = 0; i < THREADS; i++)
        threads[i] = start_thread(serve, NULL);
    for (int k = 0; k < MESSAGES; k++)
        for (int i = 0; i < PIPES; i++)
            MUST(write(pipes[i][1], "x", 1));
    for (int i = 0; i < THREADS; i++)
        served += (long)join_thread(threads[i]);
    SAY("served %ld", served);
    return 0;
}
