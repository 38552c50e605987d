/* Who is told of input: F_SETOWN and F_SETOWN_EX are read back by either, as a process or a group.
 */
#include "compat.h"
#include <sys/socket.h>

static void show(int fd)
{
    struct f_owner_ex owner = {-1, -1};
    long who;

    MUST(fcntl(fd, F_GETOWN_EX, &owner));
    SAY("type %d, %s", owner.type,
        !owner.pid               ? "nobody"
        : owner.pid == getpid()  ? "this process"
        : owner.pid == getpgrp() ? "this group"
                                 : "somebody");
    who = fcntl(fd, F_GETOWN);
    SAY("%s", !who                ? "nobody"
              : who == getpid()   ? "this process"
              : who == -getpgrp() ? "this group"
                                  : "somebody");
}

static void try_all(int fd)
{
    struct f_owner_ex process = {F_OWNER_PID, getpid()}, group = {F_OWNER_PGRP, getpgrp()},
                      unknown = {7, 1}, nobody = {F_OWNER_PID, 0x7ffffff0};

    show(fd);
    SHOW(fcntl(fd, F_SETOWN, getpid()));
    show(fd);
    SHOW(fcntl(fd, F_SETOWN, 0));
    SHOW(fcntl(fd, F_SETOWN_EX, &group));
    show(fd);
    SHOW(fcntl(fd, F_SETOWN_EX, &process));
    show(fd);
    SHOW(fcntl(fd, F_SETOWN_EX, &unknown));
    SHOW(fcntl(fd, F_SETOWN_EX, &nobody));
    SHOW(fcntl(fd, F_SETOWN_EX, 8));
    SHOW(fcntl(fd, F_GETOWN_EX, 8));
    show(fd);
}

int main(void)
{
    int pipes[2], sockets[2];

    MUST(pipe(pipes));
    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets));
    try_all(pipes[0]);
    try_all(sockets[0]);
    return 0;
}
