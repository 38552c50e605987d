/*
 * Return from main ends threads that block in every kind of call.
 *
 * exit: 3
 */
#include "compat.h"
#include <netinet/in.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

static int started;

static void *in_poll(void *arg)
{
    __atomic_add_fetch(&started, 1, __ATOMIC_SEQ_CST);
    poll(NULL, 0, -1);
    return arg;
}

static void *in_epoll(void *arg)
{
    struct epoll_event event;

    __atomic_add_fetch(&started, 1, __ATOMIC_SEQ_CST);
    epoll_wait(epoll_create1(0), &event, 1, -1);
    return arg;
}

static void *in_accept(void *arg)
{
    int fd = MUST(socket(AF_INET, SOCK_STREAM, 0));

    MUST(listen(fd, 1));
    __atomic_add_fetch(&started, 1, __ATOMIC_SEQ_CST);
    accept(fd, NULL, NULL);
    return arg;
}

static void *in_eventfd(void *arg)
{
    uint64_t value;
    int fd = MUST(eventfd(0, 0));

    __atomic_add_fetch(&started, 1, __ATOMIC_SEQ_CST);
    return read(fd, &value, sizeof(value)) ? arg : NULL;
}

static void *in_sleep(void *arg)
{
    __atomic_add_fetch(&started, 1, __ATOMIC_SEQ_CST);
    sleep(1000);
    return arg;
}

static void *in_mutex(void *arg)
{
    __atomic_add_fetch(&started, 1, __ATOMIC_SEQ_CST);
    pthread_mutex_lock(arg);
    return NULL;
}

int main(void)
{
    void *(*const blockers[])(void *) = {in_poll,    in_epoll, in_accept,
                                         in_eventfd, in_sleep, in_mutex};
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

    pthread_mutex_lock(&mutex);
    for (size_t i = 0; i < ARRAY_SIZE(blockers); i++)
        start_thread(blockers[i], &mutex);
    while (__atomic_load_n(&started, __ATOMIC_SEQ_CST) < (int)ARRAY_SIZE(blockers))
        sched_yield();
    SAY("all started");
    return 3;
}
