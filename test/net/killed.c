/*
 * Processes that are killed while they connect: what they had begun ends, at both ends of the wire.
 *
 * usage: killed client ADDRESS PORT KILLS   forks processes that connect, over and over, and kills
 *                                           each; then connects itself and waits until the peer has
 *                                           no other connection any more
 *        killed peer ADDRESS PORT           the other end
 */
#include <arpa/inet.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    MOMENTS = 41, /* of a connection's life, in steps of */
    STEP_NS = 23000,
    CONNECTIONS_MAX = 4000,
};

static const char last[] = "last";

static void must(int good, const char *what)
{
    if (good)
        return;
    perror(what);
    exit(1);
}

static struct addrinfo *address_of(char **argv)
{
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM}, *found;

    must(getaddrinfo(argv[2], argv[3], &hints, &found) == 0, "getaddrinfo");
    return found;
}

static int new_socket(const struct addrinfo *address)
{
    int fd = socket(address->ai_family, SOCK_STREAM, 0);

    must(fd >= 0, "socket");
    return fd;
}

/* ---- client ---- */

/* Says when the first connection was made. */
static void connect_for_ever(const struct addrinfo *address, int begun)
{
    for (int i = 0;; i++) {
        int fd = new_socket(address);

        must(connect(fd, address->ai_addr, address->ai_addrlen) == 0, "connect");
        close(fd);
        if (i == 0)
            must(write(begun, "", 1) == 1, "write");
    }
}

static int64_t now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static int client(const struct addrinfo *address, int kills)
{
    char answer[8] = "";
    int fd, status, begun[2];

    must(pipe(begun) == 0, "pipe");
    for (int i = 0; i < kills; i++) {
        pid_t pid = fork();
        int64_t end;

        must(pid >= 0, "fork");
        if (!pid)
            connect_for_ever(address, begun[1]);
        must(read(begun[0], answer, 1) == 1, "read");
        end = now() + (int64_t)(i % MOMENTS) * STEP_NS;
        while (now() < end)
            ;
        kill(pid, SIGKILL);
        must(waitpid(pid, &status, 0) == pid, "waitpid");
        if (!WIFSIGNALED(status))
            return 1;
    }
    fd = new_socket(address);
    must(connect(fd, address->ai_addr, address->ai_addrlen) == 0, "the last connect");
    must(write(fd, last, sizeof(last)) == sizeof(last), "write");
    must(read(fd, answer, sizeof(answer)) > 0, "read");
    puts(answer);
    return 0;
}

/* ---- peer ---- */

static struct pollfd fds[CONNECTIONS_MAX];
static unsigned count;

/* True when the connection is over. */
static int look(int fd, int *last_fd)
{
    char bytes[16];

    if (read(fd, bytes, sizeof(bytes)) <= 0)
        return 1;
    *last_fd = fd;
    return 0;
}

static int peer(const struct addrinfo *address)
{
    int one = 1, last_fd = -1;

    fds[count++] = (struct pollfd){.fd = new_socket(address), .events = POLLIN};
    setsockopt(fds[0].fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    must(bind(fds[0].fd, address->ai_addr, address->ai_addrlen) == 0, "bind");
    must(listen(fds[0].fd, 1000) == 0, "listen");
    puts("ready");
    fflush(stdout);
    while (last_fd < 0 || count > 2) {
        must(poll(fds, count, -1) > 0, "poll");
        if (fds[0].revents && count < CONNECTIONS_MAX)
            fds[count++] = (struct pollfd){.fd = accept(fds[0].fd, NULL, NULL), .events = POLLIN};
        for (unsigned i = count; i-- > 1;) {
            if (!fds[i].revents || !look(fds[i].fd, &last_fd))
                continue;
            close(fds[i].fd);
            fds[i] = fds[--count];
        }
    }
    return write(last_fd, "alone", 6) == 6 ? 0 : 1;
}

int main(int argc, char **argv)
{
    if (argc == 5 && !strcmp(argv[1], "client"))
        return client(address_of(argv), atoi(argv[4]));
    if (argc == 4 && !strcmp(argv[1], "peer"))
        return peer(address_of(argv));
    return 2;
}
