/* At the limit every call that makes a descriptor answers EMFILE, leaks none, and works again after
 * a close. */
#include "net.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

enum {
    LIMIT = 40
};

static int count_free(void)
{
    int n = 0;

    for (int fd = 0; fd < LIMIT; fd++)
        n += fcntl(fd, F_GETFD) == -1;
    return n;
}

int main(void)
{
    struct rlimit limit = {LIMIT, LIMIT};
    int listener = tcp_listener(v4_address("127.0.0.1", 0), 5);
    int waiting = tcp_connect(target_of(listener));
    int ends[2], fd, last = -1;
    sigset_t set;

    (void)waiting;
    sigemptyset(&set);
    MUST(setrlimit(RLIMIT_NOFILE, &limit));
    while ((fd = open("/dev/null", O_RDONLY)) >= 0)
        last = fd;
    SAY("last %d, then %s", last, err_name(errno));
    SHOW(open("/dev/null", O_RDONLY));
    SHOW(socket(AF_INET, SOCK_STREAM, 0));
    SHOW(socket(AF_INET6, SOCK_STREAM, 0));
    SHOW(socket(AF_UNIX, SOCK_STREAM, 0));
    SHOW(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
    SHOW(pipe(ends));
    SHOW(eventfd(0, 0));
    SHOW(epoll_create1(0));
    SHOW(timerfd_create(CLOCK_MONOTONIC, 0));
    SHOW(signalfd(-1, &set, 0));
    SHOW(inotify_init());
    SHOW(memfd_create("m", 0));
    SHOW(accept(listener, NULL, NULL));
    SHOW(dup(0));
    SHOW(dup2(0, LIMIT));
    SHOW(dup2(0, LIMIT - 1));
    SHOW(fcntl(0, F_DUPFD, 0));
    SHOW(fcntl(0, F_DUPFD, LIMIT));
    SHOW(count_free());
    close(last);
    SHOW(pipe(ends));
    SHOW(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
    SHOW(count_free());
    SHOW(accept(listener, NULL, NULL) == last);
    return 0;
}
