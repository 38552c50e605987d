/*
 * Pipes and socket pairs over fork: end of file only when all writers have closed, SIGPIPE when all
 * readers have; poll and epoll in one process are woken by the other.
 */
#include "../net.h"
#include "fork.h"
#include <sys/epoll.h>

static void end_of_file(void)
{
    struct gate closed = gate_new(), go = gate_new();
    int fds[2];
    char c;
    pid_t pid;

    MUST(pipe(fds));
    pid = must_fork();
    if (pid == 0) {
        close(fds[0]);
        gate_wait(closed);
        write_all(fds[1], "last", 4);
        gate_wait(go);
        _exit(0);
    }
    close(fds[1]);
    set_nonblocking(fds[0], true);
    SHOW(read(fds[0], &c, 1)); /* the child still has the other end */
    set_nonblocking(fds[0], false);
    gate_open(closed);
    SHOW(read(fds[0], &c, 1));
    SHOW(read_all(fds[0], (char[3]){0}, 3));
    gate_open(go);
    SHOW(read(fds[0], &c, 1));
    SAY("%s", poll_names(fds[0], POLLIN, -1));
    reap("writer", pid);
    close(fds[0]);
}

static void broken(void)
{
    int fds[2];
    pid_t pid;

    MUST(pipe(fds));
    pid = must_fork();
    if (pid == 0) {
        char block[4096] = {0};

        close(fds[0]);
        for (;;)
            write_all(fds[1], block, sizeof(block)); /* until SIGPIPE, as the parent closes */
    }
    SHOW(read_all(fds[0], (char[10]){0}, 10));
    close(fds[0]);
    close(fds[1]);
    reap("broken", pid);
}

static void woken_by_poll(int type)
{
    struct epoll_event event = {.events = EPOLLIN};
    int fds[2], epoll = MUST(epoll_create1(0));
    char c;
    pid_t pid;

    MUST(socketpair(AF_UNIX, type, 0, fds));
    MUST(epoll_ctl(epoll, EPOLL_CTL_ADD, fds[1], &event));
    pid = must_fork();
    if (pid == 0) {
        struct pollfd p = {.fd = fds[1], .events = POLLIN};

        CHECK(poll(&p, 1, -1) == 1);
        CHECK(read(fds[1], &c, 1) == 1);
        write_all(fds[1], "b", 1);
        CHECK(epoll_wait(epoll, &event, 1, -1) == 1); /* inherited */
        CHECK(read(fds[1], &c, 1) == 1);
        close(epoll);
        epoll = MUST(epoll_create1(0));
        MUST(epoll_ctl(epoll, EPOLL_CTL_ADD, fds[1], &event));
        write_all(fds[1], "d", 1);
        CHECK(epoll_wait(epoll, &event, 1, -1) == 1); /* made anew */
        _exit(read(fds[1], &c, 1) == 1 ? c : 1);
    }
    write_all(fds[0], "a", 1);
    SAY("%s", poll_names(fds[0], POLLIN, -1));
    SHOW(read(fds[0], &c, 1));
    write_all(fds[0], "c", 1);
    SHOW(read(fds[0], &c, 1));
    write_all(fds[0], "e", 1);
    reap("poller", pid);
    close(fds[0]);
    close(fds[1]);
    close(epoll);
}

int main(void)
{
    end_of_file();
    broken();
    woken_by_poll(SOCK_STREAM);
    woken_by_poll(SOCK_DGRAM);
    return 0;
}
