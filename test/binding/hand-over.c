/*
 * A control socket that answers every request with what it was told to: hand-over SOCKET HOW, the
 * bytes of the region on stdin. Prints a line when it listens, and ends when it is killed.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const struct how {
    const char *name;
    const char *answer;
    int seals;
    int descriptors;
} ways[] = {
    {"as-it-should", "{\"ok\":true}\n", F_SEAL_SHRINK | F_SEAL_GROW, 1},
    {"unsealed", "{\"ok\":true}\n", 0, 1},
    {"three-descriptors", "{\"ok\":true}\n", F_SEAL_SHRINK, 3},
    {"three-unsealed", "{\"ok\":true}\n", 0, 3},
    {"too-many-descriptors", "{\"ok\":true}\n", F_SEAL_SHRINK, 16},
    {"no-descriptor", "{\"ok\":false,\"error\":\"no\"}\n", 0, 0},
    {"no-end", NULL, 0, 0},
    {"silence", "", 0, 0},
};

static int make_region(int seals)
{
    int fd = memfd_create("region", MFD_ALLOW_SEALING);
    char buf[4096];
    ssize_t got;

    while ((got = read(0, buf, sizeof(buf))) > 0) {
        if (write(fd, buf, (size_t)got) != got)
            exit(2);
    }
    if (seals && fcntl(fd, F_ADD_SEALS, seals))
        exit(2);
    return fd;
}

static void answer(int client, const struct how *how, int region)
{
    struct iovec data = {(char *)how->answer, strlen(how->answer)};
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(16 * sizeof(int))];
    } control = {0};
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1};

    if (how->descriptors) {
        size_t size = (size_t)how->descriptors * sizeof(int);

        control.header = (struct cmsghdr){CMSG_LEN(size), SOL_SOCKET, SCM_RIGHTS};
        for (int i = 0; i < how->descriptors; i++)
            memcpy(CMSG_DATA(&control.header) + (size_t)i * sizeof(int), &region, sizeof(int));
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(size);
    }
    if (data.iov_len)
        sendmsg(client, &message, MSG_NOSIGNAL);
}

static void never_end(int client)
{
    char text[4096];

    memset(text, 'x', sizeof(text));
    while (send(client, text, sizeof(text), MSG_NOSIGNAL) > 0)
        ;
}

int main(int argc, char **argv)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    const struct how *how = ways;

    while (argc == 3 && strcmp(how->name, argv[2]))
        how++;
    int region = make_region(how->seals);
    strncpy(address.sun_path, argv[1], sizeof(address.sun_path) - 1);
    if (bind(listener, (struct sockaddr *)&address, sizeof(address)) || listen(listener, 8))
        return 2;
    puts("ready");
    fflush(stdout);
    for (;;) {
        int client = accept(listener, NULL, NULL);
        char request[16];

        ssize_t got = recv(client, request, sizeof(request), 0);
        if (got <= 0 || request[got - 1] != '\n')
            return 3;
        if (how->answer)
            answer(client, how, region);
        else
            never_end(client);
        close(client);
    }
}
