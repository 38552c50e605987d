/*
 * Processes that are killed in the middle of what they ask of the network, while another one goes
 * on talking.
 *
 *     deaths killed ADDRESS PORT WORK KILLS   forks a process for each kill; asks the peer after
 * each whether it still answers, and at last until it has no other connection any more deaths work
 * ADDRESS PORT WORK           does it, until somebody kills it
 *
 * The peer is that of deaths.test.ts, whose connections begin with a byte that says what it is to
 * do.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    LISTEN_PORT = 8000,
    STEP_NS = 70000, /* from one kill's moment to the next one's */
    CLOSED = 8,      /* connections that are closed with data unsent */
    CHUNK = 16384,
};

static struct addrinfo *peer;
static char chunk[CHUNK];

static int check(long ret, const char *what)
{
    if (ret < 0)
        err(1, "%s", what);
    return (int)ret;
}

static int open_to(char kind)
{
    int fd = check(socket(peer->ai_family, SOCK_STREAM, 0), "socket");

    check(connect(fd, peer->ai_addr, peer->ai_addrlen), "connect");
    check(write(fd, &kind, 1), "write");
    return fd;
}

/* The own address, any, with a port. */
static int bound(int type, uint16_t port)
{
    struct sockaddr_storage at = {.ss_family = (sa_family_t)peer->ai_family};
    int fd = check(socket(peer->ai_family, type, 0), "socket");

    check(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int)), "SO_REUSEADDR");
    ((struct sockaddr_in *)&at)->sin_port = htons(port); /* at the same place in both */
    check(bind(fd, (void *)&at, peer->ai_addrlen), "bind");
    return fd;
}

/* ---- works: they end by death, once they have told that they have begun ---- */

static int begun = STDOUT_FILENO;

static void begin(void)
{
    check(write(begun, "begun\n", 6), "begun");
}

static void accepts(void)
{
    int fd = bound(SOCK_STREAM, LISTEN_PORT);

    check(listen(fd, 16), "listen");
    for (int i = 0;; i++) {
        close(check(accept(fd, NULL, NULL), "accept"));
        if (i == 0)
            begin();
    }
}

static void fill(int fd)
{
    int flags = fcntl(fd, F_GETFL);

    fcntl(fd, F_SETFL, flags | O_NONBLOCK);
    while (write(fd, chunk, sizeof(chunk)) > 0)
        ;
    if (errno != EAGAIN)
        err(1, "write");
    fcntl(fd, F_SETFL, flags);
}

static void sends(void)
{
    int fd = open_to('s');

    fill(fd);
    begin();
    for (;;)
        check(write(fd, chunk, sizeof(chunk)), "write");
}

static void receives_nothing(void)
{
    int fd = open_to('r');

    begin();
    check(read(fd, chunk, sizeof(chunk)), "read");
}

static void receives(void)
{
    int fd = open_to('R');

    begin();
    while (check(read(fd, chunk, sizeof(chunk)), "read") > 0)
        ;
}

static void closes(void)
{
    int fds[CLOSED];

    for (int i = 0; i < CLOSED; i++)
        fds[i] = open_to('s');
    begin();
    for (int i = 0; i < CLOSED; i++) {
        fill(fds[i]);
        close(fds[i]);
    }
    pause();
}

static void takes_datagrams(void)
{
    int fd = bound(SOCK_DGRAM, LISTEN_PORT);

    begin();
    for (;;) {
        check(sendto(fd, "x", 1, 0, peer->ai_addr, peer->ai_addrlen), "sendto");
        for (int i = 0; i < 10; i++)
            check(recv(fd, chunk, sizeof(chunk), 0), "recv");
    }
}

static const struct work {
    const char *name;
    void (*run)(void);
} works[] = {
    {"accept", accepts}, {"full-send", sends}, {"silent-recv", receives_nothing},
    {"recv", receives},  {"close", closes},    {"datagrams", takes_datagrams},
};

/* ---- who goes on ---- */

/* Asks the peer, and takes its answer of one byte. */
static unsigned char ask(int witness, char what)
{
    unsigned char answer = 0;

    check(write(witness, &what, 1), "write");
    if (read(witness, &answer, 1) != 1)
        err(1, "the peer does not answer");
    return answer;
}

static void kill_one(const struct work *work, int number)
{
    struct timespec moment = {.tv_nsec = (long)number * STEP_NS};
    char word[8];
    int pipes[2], status;
    pid_t pid;

    check(pipe(pipes), "pipe");
    if (!(pid = check(fork(), "fork"))) {
        begun = pipes[1];
        work->run();
        _exit(1);
    }
    close(pipes[1]);
    if (read(pipes[0], word, sizeof(word)) <= 0)
        errx(1, "it has not begun");
    close(pipes[0]);
    nanosleep(&moment, NULL);
    kill(pid, SIGKILL);
    check(waitpid(pid, &status, 0), "waitpid");
    if (!WIFSIGNALED(status))
        errx(1, "it ended with status %d", WEXITSTATUS(status));
}

static void killed(const struct work *work, int kills)
{
    const struct timespec turn = {.tv_nsec = 10000000};
    int witness = open_to('w');

    for (int i = 0; i < kills; i++) {
        kill_one(work, i);
        ask(witness, 'd');
    }
    for (ask(witness, 'e'); ask(witness, '?');)
        nanosleep(&turn, NULL);
    puts("alone");
    fflush(stdout);
    for (;;)
        pause();
}

int main(int argc, char **argv)
{
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM};
    const struct work *work = works, *end = works + sizeof(works) / sizeof(*works);

    if (argc < 5 || (!strcmp(argv[1], "killed") && argc < 6) ||
        getaddrinfo(argv[2], argv[3], &hints, &peer))
        errx(2, "usage: deaths killed|work ADDRESS PORT WORK [KILLS]");
    signal(SIGPIPE, SIG_IGN);
    while (work < end && strcmp(work->name, argv[4]))
        work++;
    if (work == end)
        errx(2, "%s: no such work", argv[4]);
    if (!strcmp(argv[1], "killed"))
        killed(work, atoi(argv[5]));
    else
        work->run();
    return 1;
}
