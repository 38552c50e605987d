/*
 * TCP over fork: connections accepted before and after, in either process; children that share a
 * listening socket.
 */
#include "../net.h"
#include "fork.h"

enum {
    WORKERS = 4,
    CLIENTS = 24
};

static int listener;

static int worker(void *arg)
{
    char text[16];
    int fd;

    (void)arg;
    while ((fd = MUST(accept(listener, NULL, NULL))) >= 0) {
        ssize_t n = MUST(read(fd, text, sizeof(text)));

        if (n == 0)
            return 0; /* a client that says nothing ends one of us */
        write_all(fd, text, n);
        close(fd);
    }
    return 1;
}

static void prefork(void)
{
    pid_t pids[WORKERS];
    int echoed = 0;

    for (int i = 0; i < WORKERS; i++)
        pids[i] = spawn(worker, NULL);
    for (int i = 0; i < CLIENTS; i++) {
        int fd = tcp_connect(target_of(listener));
        char c;

        write_all(fd, "x", 1);
        echoed += read_all(fd, &c, 1) == 1 && read(fd, &c, 1) == 0;
        close(fd);
    }
    for (int i = 0; i < WORKERS; i++)
        close(tcp_connect(target_of(listener)));
    for (int i = 0; i < WORKERS; i++)
        reap("worker", pids[i]);
    SHOW(echoed);
}

static void accepted_before(void)
{
    int pair[2];
    char text[6] = "";
    pid_t pid;

    tcp_pair(pair);
    pid = must_fork();
    if (pid == 0) {
        close(pair[0]);
        CHECK(read_all(pair[1], text, 5) == 5);
        write_all(pair[1], text, 5);
        MUST(shutdown(pair[1], SHUT_WR)); /* for the parent's copy, too */
        _exit(read(pair[1], text, 1) == 0 ? 6 : 1);
    }
    close(pair[1]);
    write_all(pair[0], "hello", 5);
    SHOW(read_all(pair[0], text, 6));
    SAY("%s", text);
    close(pair[0]);
    reap("before", pid);
}

static int connects(void *arg)
{
    int fd = tcp_connect(target_of(listener));
    char text[5];

    (void)arg;
    write_all(fd, "child", 5);
    return read_all(fd, text, 5) == 5 ? 7 : 1;
}

static void connected_by_the_child(void)
{
    pid_t pid = spawn(connects, NULL);
    int fd = MUST(accept(listener, NULL, NULL));
    char text[6] = "";

    SHOW(read_all(fd, text, 5));
    SAY("%s", text);
    write_all(fd, text, 5);
    reap("client", pid);
    SHOW(read(fd, text, 1));
    close(fd);
}

int main(void)
{
    listener = tcp_listener(v4_address("127.0.0.1", 0), 64);
    accepted_before();
    connected_by_the_child();
    prefork();
    return 0;
}
