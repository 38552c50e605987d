/*
 * The other end of the wire: a client of redis-server that stores values and expects each of them
 * back unchanged.
 *
 * peer [-s SECONDS] [-c CONNECTIONS] [-p PID] ADDRESS PORT: waits for the server, as long as the
 * process lives, then goes through its list of sizes, and goes on until the seconds are over. Exit
 * status 0: every value came back unchanged. One line on standard output says how many.
 *
 * peer -q SOCKET REQUEST: asks the runtime's control socket, and prints the line that it answers.
 *
 * Needs Linux's own sockets and nothing else: it runs in a guest without a distribution.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum {
    VALUE_MAX = 200 * 1000,
    CONNECTIONS_MAX = 256,
    START_SECONDS = 30,  /* how long a server may take to listen */
    ANSWER_SECONDS = 20, /* how long it may take to answer */
    LINE_MAX_BYTES = 64 * 1024,
};

/* Less than a segment, its edges, and more than a window. */
static const uint32_t sizes[] = {0, 1, 1459, 1460, 1461, 16 * 1024, 65535, VALUE_MAX};

static uint8_t sent[VALUE_MAX], got[VALUE_MAX];

static void die(const char *what)
{
    printf("%s: %s\n", what, errno ? strerror(errno) : "the connection was closed");
    exit(1);
}

static void fill(uint8_t *value, uint32_t size, uint32_t number)
{
    uint32_t state = number * 2654435761u + 1;

    for (uint32_t i = 0; i < size; i++) {
        state = state * 1664525u + 1013904223u;
        value[i] = state >> 24;
    }
}

static void write_all(int fd, const void *bytes, size_t count)
{
    for (size_t done = 0; done < count;) {
        ssize_t n = send(fd, (const char *)bytes + done, count - done, MSG_NOSIGNAL);

        if (n < 0)
            die("send");
        done += (size_t)n;
    }
}

static void read_all(int fd, void *bytes, size_t count)
{
    for (size_t done = 0; done < count;) {
        ssize_t n = recv(fd, (char *)bytes + done, count - done, 0);

        errno = n == 0 ? 0 : errno;
        if (n <= 0)
            die("receive");
        done += (size_t)n;
    }
}

/* A line of the protocol, without its end. */
static void read_line(int fd, char *line, size_t size)
{
    size_t length = 0;

    while (length < size - 1) {
        read_all(fd, line + length, 1);
        if (line[length++] == '\n')
            break;
    }
    line[length < 2 ? 0 : length - 2] = '\0';
}

static void store(int fd, uint32_t number, uint32_t size)
{
    char text[128], key[16];
    int key_length = snprintf(key, sizeof(key), "k%u", number);
    int length = snprintf(text, sizeof(text), "*3\r\n$3\r\nSET\r\n$%d\r\n%s\r\n$%u\r\n", key_length,
                          key, size);

    fill(sent, size, number);
    write_all(fd, text, (size_t)length);
    write_all(fd, sent, size);
    write_all(fd, "\r\n", 2);
    read_line(fd, text, sizeof(text));
    if (strcmp(text, "+OK")) {
        printf("SET is answered with '%s'\n", text);
        exit(1);
    }
}

/* Whether the value comes back as it was sent. */
static bool fetch(int fd, uint32_t number, uint32_t size)
{
    char text[128], key[16], end[2];
    int key_length = snprintf(key, sizeof(key), "k%u", number);
    int length = snprintf(text, sizeof(text), "*2\r\n$3\r\nGET\r\n$%d\r\n%s\r\n", key_length, key);

    write_all(fd, text, (size_t)length);
    read_line(fd, text, sizeof(text));
    if (text[0] != '$' || strtoul(text + 1, NULL, 10) != size)
        return false;
    read_all(fd, got, size);
    read_all(fd, end, 2);
    fill(sent, size, number);
    return !memcmp(sent, got, size);
}

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

/* false: it is no numeric address. */
static bool parse_address(union address *to, const char *address, const char *port)
{
    in_port_t network_port = htons((uint16_t)atoi(port));

    *to = (union address){.v4 = {.sin_family = AF_INET, .sin_port = network_port}};
    if (inet_pton(AF_INET, address, &to->v4.sin_addr) == 1)
        return true;
    *to = (union address){.v6 = {.sin6_family = AF_INET6, .sin6_port = network_port}};
    return inet_pton(AF_INET6, address, &to->v6.sin6_addr) == 1;
}

static int connect_once(const union address *to)
{
    struct timeval limit = {.tv_sec = ANSWER_SECONDS};
    int fd = socket(to->any.sa_family, SOCK_STREAM, 0);

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    if (connect(fd, &to->any, to->any.sa_family == AF_INET ? sizeof(to->v4) : sizeof(to->v6)) == 0)
        return fd;
    close(fd);
    return -1;
}

/* A process that nobody has waited for yet has ended too (proc(5), stat). */
static bool has_ended(int pid)
{
    char path[32], stat[256] = "";
    FILE *file;

    if (!pid)
        return false;
    snprintf(path, sizeof(path), "/proc/%d/stat", pid);
    file = fopen(path, "r");
    if (!file)
        return true;
    (void)!fread(stat, 1, sizeof(stat) - 1, file);
    fclose(file);
    return strstr(stat, ") Z ") != NULL;
}

static int open_connection(const union address *to, int server)
{
    const struct timespec pause = {.tv_nsec = 100 * 1000 * 1000};
    double limit = now() + START_SECONDS;

    for (;;) {
        int fd = connect_once(to);

        if (fd >= 0)
            return fd;
        if (has_ended(server)) {
            printf("the server has ended\n");
            exit(1);
        }
        if (now() > limit)
            die("connect");
        nanosleep(&pause, NULL);
    }
}

struct tally {
    uint32_t values, changed;
    uint64_t bytes;
};

/* Each connection stores what the next one fetches. */
static void go_round(const int *fds, int count, struct tally *tally)
{
    for (uint32_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        uint32_t number = ++tally->values;

        store(fds[number % count], number, sizes[i]);
        tally->changed += !fetch(fds[(number + 1) % count], number, sizes[i]);
        tally->bytes += sizes[i];
    }
}

static void converse(const union address *to, int server, int connections, double seconds)
{
    int fds[CONNECTIONS_MAX];
    struct tally tally = {0};
    double start;

    for (int i = 0; i < connections; i++)
        fds[i] = open_connection(to, server);
    start = now();
    do
        go_round(fds, connections, &tally);
    while (now() - start < seconds && !tally.changed);
    printf("%u values over %d connections, %llu bytes each way in %.1f s, %u changed\n",
           tally.values, connections, (unsigned long long)tally.bytes, now() - start,
           tally.changed);
    exit(tally.changed ? 1 : 0);
}

static void query(const char *path, const char *request)
{
    static char line[LINE_MAX_BYTES];
    struct timeval limit = {.tv_sec = ANSWER_SECONDS};
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    size_t length = 0;

    snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    if (connect(fd, (struct sockaddr *)&to, sizeof(to)))
        die("connect");
    write_all(fd, request, strlen(request));
    write_all(fd, "\n", 1);
    while (length < sizeof(line) - 1 && (!length || line[length - 1] != '\n'))
        read_all(fd, line + length++, 1);
    fputs(line, stdout);
    exit(0);
}

int main(int argc, char **argv)
{
    union address to;
    double seconds = 0;
    int connections = 4, server = 0, option;

    while ((option = getopt(argc, argv, "s:c:p:q:")) != -1) {
        if (option == 's')
            seconds = strtod(optarg, NULL);
        else if (option == 'c')
            connections = atoi(optarg);
        else if (option == 'p')
            server = atoi(optarg);
        else if (option == 'q' && optind < argc)
            query(optarg, argv[optind]);
        else
            return 2;
    }
    if (argc - optind != 2 || connections < 1 || connections > CONNECTIONS_MAX ||
        !parse_address(&to, argv[optind], argv[optind + 1])) {
        fprintf(stderr, "usage: peer [-s SECONDS] [-c CONNECTIONS] [-p PID] ADDRESS PORT\n");
        return 2;
    }
    converse(&to, server, connections, seconds);
}
