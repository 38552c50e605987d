/* POSIX message queues: by priority, with and without waiting, attributes, poll, fork, mistakes. */
#include "compat.h"
#include <mqueue.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/wait.h>

static char name[64];
static mqd_t queue;

static void *receiver(void *unused UNUSED)
{
    char text[16] = "";
    unsigned priority = 0;
    long n = mq_receive(queue, text, sizeof(text), &priority);

    SAY("waited for %ld bytes of priority %u: %s", n, priority, n < 0 ? err_name(errno) : text);
    return NULL;
}

static void by_priority(void)
{
    char text[16];
    unsigned priority;

    SHOW(mq_send(queue, "low", 4, 1));
    SHOW(mq_send(queue, "high", 5, 9));
    SHOW(mq_send(queue, "low too", 8, 1));
    for (int i = 0; i < 3; i++) {
        long n = MUST(mq_receive(queue, text, sizeof(text), &priority));

        SAY("%ld bytes of priority %u: %s", n, priority, text);
    }
}

static void limits(void)
{
    struct timespec past = {1, 0}, wrong = {0, 1000000000};
    char text[16];

    SHOW(mq_send(queue, text, 17, 0));
    SHOW(mq_send(queue, text, 1, 40000));
    SHOW(mq_receive(queue, text, 15, NULL));
    SHOW(mq_timedreceive(queue, text, sizeof(text), NULL, &past));
    SHOW(mq_timedreceive(queue, text, sizeof(text), NULL, &wrong));
    SHOW(syscall(SYS_mq_timedreceive, queue, text, sizeof(text), NULL, (void *)8));
    SHOW(mq_send(queue, NULL, 1, 0));
    SHOW(mq_receive(99, text, sizeof(text), NULL));
    SHOW(mq_receive(1, text, sizeof(text), NULL));
    for (int i = 0; i < 4; i++)
        SHOW(mq_send(queue, "x", 2, 0));
    SHOW(mq_timedsend(queue, "x", 2, 0, &past));
}

static void without_waiting(void)
{
    struct mq_attr old, nonblocking = {.mq_flags = O_NONBLOCK}, wrong = {.mq_flags = O_APPEND};
    char text[16];

    SHOW(mq_setattr(queue, &nonblocking, &old));
    SAY("%ld %ld %ld %ld", old.mq_flags, old.mq_maxmsg, old.mq_msgsize, old.mq_curmsgs);
    SHOW(fcntl(queue, F_GETFL) & O_NONBLOCK);
    SHOW(mq_send(queue, "x", 2, 0));
    for (int i = 0; i < 4; i++)
        SHOW(mq_receive(queue, text, sizeof(text), NULL));
    SHOW(mq_receive(queue, text, sizeof(text), NULL));
    SHOW(mq_setattr(queue, &wrong, NULL));
    nonblocking.mq_flags = 0;
    SHOW(mq_setattr(queue, &nonblocking, &old));
    SAY("%ld", old.mq_flags);
}

static void readiness(void)
{
    struct pollfd fd = {.fd = queue, .events = POLLIN | POLLOUT};
    struct epoll_event event = {.events = EPOLLIN};
    int epoll = MUST(epoll_create1(0));
    char text[16];

    SHOW(poll(&fd, 1, 0));
    SAY("%#x", (unsigned)fd.revents);
    MUST(epoll_ctl(epoll, EPOLL_CTL_ADD, queue, &event));
    SHOW(epoll_wait(epoll, &event, 1, 0));
    SHOW(mq_send(queue, "ready", 6, 0));
    SHOW(epoll_wait(epoll, &event, 1, -1));
    SHOW(poll(&fd, 1, 0));
    SAY("%#x", (unsigned)fd.revents);
    SHOW(mq_receive(queue, text, sizeof(text), NULL));
    close(epoll);
}

static void across_a_fork(void)
{
    char text[16];
    pid_t child = MUST(fork());
    int status;

    if (!child) {
        MUST(mq_receive(queue, text, sizeof(text), NULL));
        MUST(mq_send(queue, text, strlen(text) + 1, 2));
        _exit(3);
    }
    SHOW(mq_send(queue, "there", 6, 0));
    MUST(waitpid(child, &status, 0));
    SAY("status %d", WEXITSTATUS(status));
    SHOW(mq_receive(queue, text, sizeof(text), NULL));
    SAY("%s", text);
}

int main(void)
{
    struct mq_attr attr = {.mq_maxmsg = 4, .mq_msgsize = 16};
    pthread_t thread;

    snprintf(name, sizeof(name), "/bypassgen-compat-%d", (int)getpid());
    SHOW(mq_open(name, O_RDWR) >= 0);
    queue = MUST(mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &attr));
    SHOW(mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &attr) >= 0);
    SHOW(fcntl(queue, F_GETFD));
    by_priority();
    limits();
    without_waiting();
    readiness();
    thread = start_thread(receiver, NULL);
    SHOW(mq_send(queue, "awaited", 8, 5));
    join_thread(thread);
    across_a_fork();
    SHOW(mq_unlink(name));
    SHOW(mq_unlink(name));
    SHOW(mq_close(queue));
    SHOW(mq_close(queue));
    return 0;
}
