/*
 * Programs for net.test.ts.
 *
 *     echo PORT               sends back what comes, each connection in a thread of its own
 *     forked PORT             the same, accepted by a forked child
 *     call PORT COUNT BYTES   COUNT connections at once, each sends BYTES, ends its side, and
 *                             expects them back; exits with 0 then
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static struct sockaddr_in address = {.sin_family = AF_INET};
static size_t bytes;

static int die(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(1);
}

static void *echo(void *arg)
{
    int fd = (int)(intptr_t)arg;
    char buf[32768];
    ssize_t got;

    while ((got = read(fd, buf, sizeof(buf))) > 0) {
        for (ssize_t done = 0, n; done < got; done += n) {
            n = send(fd, buf + done, (size_t)(got - done), MSG_NOSIGNAL);
            if (n < 0) {
                close(fd);
                return NULL;
            }
        }
    }
    close(fd);
    return NULL;
}

static int serve(void)
{
    int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;

    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (bind(listener, (struct sockaddr *)&address, sizeof(address)) || listen(listener, 16))
        die("listen");
    return listener;
}

static void accept_all(int listener)
{
    for (;;) {
        struct sockaddr_in peer;
        socklen_t length = sizeof(peer);
        pthread_t thread;
        int fd = accept(listener, (struct sockaddr *)&peer, &length);

        if (fd < 0)
            die("accept");
        if (peer.sin_addr.s_addr != htonl(INADDR_LOOPBACK) || !peer.sin_port)
            die("peer");
        if (pthread_create(&thread, NULL, echo, (void *)(intptr_t)fd) || pthread_detach(thread))
            die("thread");
    }
}

static char byte_at(size_t i)
{
    return (char)(i * 7 + i / 251);
}

static void *sender(void *arg)
{
    int fd = (int)(intptr_t)arg;
    char buf[5000];

    for (size_t at = 0; at < bytes;) {
        size_t n = bytes - at < sizeof(buf) ? bytes - at : sizeof(buf);

        for (size_t i = 0; i < n; i++)
            buf[i] = byte_at(at + i);
        for (size_t done = 0; done < n;) {
            ssize_t sent = write(fd, buf + done, n - done);

            if (sent < 0)
                die("write");
            done += (size_t)sent;
        }
        at += n;
    }
    if (shutdown(fd, SHUT_WR))
        die("shutdown");
    return NULL;
}

static void *call(void *arg)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in peer;
    socklen_t length = sizeof(peer);
    pthread_t thread;
    char buf[3000];
    size_t at = 0;
    ssize_t got;

    (void)arg;
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)))
        die("connect");
    if (getpeername(fd, (struct sockaddr *)&peer, &length) || peer.sin_port != address.sin_port)
        die("getpeername");
    if (pthread_create(&thread, NULL, sender, (void *)(intptr_t)fd))
        die("thread");
    while ((got = recv(fd, buf, sizeof(buf), 0)) > 0) {
        for (ssize_t i = 0; i < got; i++) {
            if (buf[i] != byte_at(at++)) {
                fprintf(stderr, "byte %zu is wrong\n", at - 1);
                exit(1);
            }
        }
    }
    pthread_join(thread, NULL);
    if (got < 0 || at != bytes) {
        fprintf(stderr, "%zu of %zu bytes came back, errno %d\n", at, bytes, errno);
        exit(1);
    }
    close(fd);
    return NULL;
}

static void call_all(int count)
{
    pthread_t *threads = calloc((size_t)count, sizeof(*threads));

    for (int i = 0; i < count; i++) {
        if (pthread_create(&threads[i], NULL, call, NULL))
            die("thread");
    }
    for (int i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    free(threads);
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return 2;
    address.sin_port = htons((uint16_t)atoi(argv[2]));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (!strcmp(argv[1], "call")) {
        bytes = (size_t)atol(argv[4]);
        call_all(atoi(argv[3]));
        return 0;
    }
    int listener = serve();
    if (!strcmp(argv[1], "forked")) {
        if (fork())
            return wait(NULL) < 0;
        prctl(PR_SET_PDEATHSIG, SIGKILL);
    }
    accept_all(listener);
}
