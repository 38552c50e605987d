/*
 * A listener that two processes have: it listens as long as either has it, TCP and AF_UNIX, and is
 * gone, its address free, when both have closed it.
 */
#include "../net.h"
#include "fork.h"
#include <sys/un.h>

static int try_connect(int family, const struct sockaddr *address, socklen_t len)
{
    int fd = MUST(socket(family, SOCK_STREAM, 0)), ret = connect(fd, address, len);

    if (ret == -1)
        ret = -errno;
    close(fd);
    return ret;
}

static void closed_in_parent(int family, struct sockaddr *address, socklen_t len)
{
    struct gate accepted = gate_new(), go = gate_new();
    int fd = MUST(socket(family, SOCK_STREAM, 0)), on = 1, client;
    char c;
    pid_t pid;

    MUST(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)));
    MUST(bind(fd, address, len));
    MUST(listen(fd, 8));
    MUST(getsockname(fd, address, &len));
    pid = must_fork();
    if (pid == 0) {
        int one = MUST(accept(fd, NULL, NULL));

        write_all(one, "a", 1);
        gate_open(accepted);
        gate_wait(go);
        close(fd);
        gate_open(accepted);
        gate_wait(go);
        _exit(0);
    }
    close(fd);
    client = MUST(socket(family, SOCK_STREAM, 0));
    MUST(connect(client, address, len));
    SHOW(read(client, &c, 1));
    gate_wait(accepted);
    SHOW(try_connect(family, address, len));
    gate_open(go);
    gate_wait(accepted);
    SHOW(try_connect(family, address, len) == -ECONNREFUSED);
    if (family == AF_INET) {
        int again = MUST(socket(family, SOCK_STREAM, 0));

        MUST(setsockopt(again, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)));
        MUST(bind(again, address, len));
        MUST(listen(again, 1));
        close(again);
    }
    gate_open(go);
    reap("child", pid);
    close(client);
}

/* The child ends, killed: the parent's goes on, and the other way round for one made by the child.
 */
static void killed_with_it(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    int fd = MUST(socket(AF_INET, SOCK_STREAM, 0)), fds[2];
    pid_t pid;

    MUST(bind(fd, (struct sockaddr *)&address, len));
    MUST(listen(fd, 8));
    MUST(getsockname(fd, (struct sockaddr *)&address, &len));
    pid = must_fork();
    if (pid == 0) {
        accept(fd, NULL, NULL);
        pause();
    }
    MUST(kill(pid, SIGKILL));
    reap("accepter", pid);
    SHOW(try_connect(AF_INET, (struct sockaddr *)&address, len));
    close(fd);
    SHOW(try_connect(AF_INET, (struct sockaddr *)&address, len) == -ECONNREFUSED);
    MUST(pipe(fds));
    pid = must_fork();
    if (pid == 0) {
        fd = MUST(socket(AF_INET, SOCK_STREAM, 0));
        address.sin_port = 0;
        MUST(bind(fd, (struct sockaddr *)&address, len));
        MUST(listen(fd, 8));
        MUST(getsockname(fd, (struct sockaddr *)&address, &len));
        write_all(fds[1], &address, sizeof(address));
        pause();
    }
    read_all(fds[0], &address, sizeof(address));
    SHOW(try_connect(AF_INET, (struct sockaddr *)&address, len));
    MUST(kill(pid, SIGKILL));
    reap("listener", pid);
    SHOW(try_connect(AF_INET, (struct sockaddr *)&address, len) == -ECONNREFUSED);
}

int main(void)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_un un = {.sun_family = AF_UNIX, .sun_path = "socket"};

    closed_in_parent(AF_INET, (struct sockaddr *)&in, sizeof(in));
    closed_in_parent(AF_UNIX, (struct sockaddr *)&un, sizeof(un));
    killed_with_it();
    return 0;
}
