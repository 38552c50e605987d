/*
 * A lean client of memcached: one request outstanding on each connection, ten gets to one set,
 * values of 64 bytes, keys spread over 10,000; text protocol, every answer checked.
 *   memcached-client PORT CONNECTIONS MILLISECONDS prints operations per second
 * PORT may be ADDRESS:PORT.
 */
#include "figure.h"
#include <sys/epoll.h>

enum {
    CONNECTIONS_MAX = 1000,
    KEYS = 10000,
    VALUE = 64,
    GETS_PER_SET = 10,
    EVENTS = 64
};

/* One connection: the request that it waits for, and what has come of the answer. */
struct connection {
    int fd;
    unsigned key;
    bool setting;
    size_t got, expected;
    char answer[256];
};

static struct connection connections[CONNECTIONS_MAX];
static int nr_connections;
static uint32_t random_state = 12345;

static uint32_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state;
}

static void value_of(unsigned key, char *value)
{
    for (int i = 0; i < VALUE; i++)
        value[i] = 'a' + (key + i) % 26;
}

static void send_request(struct connection *c, unsigned key, bool setting)
{
    char request[256], value[VALUE];
    int len;

    c->key = key;
    c->setting = setting;
    c->got = 0;
    if (setting) {
        value_of(key, value);
        len = snprintf(request, sizeof(request), "set key:%05u 0 0 %d\r\n%.*s\r\n", key, VALUE,
                       VALUE, value);
        c->expected = strlen("STORED\r\n");
    } else {
        len = snprintf(request, sizeof(request), "get key:%05u\r\n", key);
        c->expected = snprintf(NULL, 0, "VALUE key:%05u 0 %d\r\n", key, VALUE) + VALUE +
                      strlen("\r\nEND\r\n");
    }
    if (send(c->fd, request, len, MSG_NOSIGNAL) != len)
        MUST(-1);
}

static void check_answer(const struct connection *c)
{
    char expected[256], value[VALUE];
    int len;

    value_of(c->key, value);
    if (c->setting)
        len = snprintf(expected, sizeof(expected), "STORED\r\n");
    else
        len = snprintf(expected, sizeof(expected), "VALUE key:%05u 0 %d\r\n%.*s\r\nEND\r\n", c->key,
                       VALUE, VALUE, value);
    if (c->got != (size_t)len || memcmp(c->answer, expected, len) != 0) {
        fprintf(stderr, "wrong answer: %.*s\n", (int)c->got, c->answer);
        exit(1);
    }
}

/* True when the answer is complete. */
static bool take_answer(struct connection *c)
{
    ssize_t n = MUST(recv(c->fd, c->answer + c->got, sizeof(c->answer) - c->got, 0));

    if (n == 0) {
        fprintf(stderr, "the server closed the connection\n");
        exit(1);
    }
    c->got += n;
    if (c->got < c->expected)
        return false;
    check_answer(c);
    return true;
}

static void fill(struct connection *c)
{
    for (unsigned key = 0; key < KEYS; key++) {
        send_request(c, key, true);
        while (!take_answer(c))
            ;
    }
}

static int open_connections(const struct sockaddr_in *to)
{
    int set = MUST(epoll_create1(0));

    for (int i = 0; i < nr_connections; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &connections[i]};

        connections[i].fd = connect_to(to, sizeof(*to));
        no_delay(connections[i].fd);
        MUST(epoll_ctl(set, EPOLL_CTL_ADD, connections[i].fd, &event));
    }
    return set;
}

static void next_request(struct connection *c)
{
    static unsigned count;

    send_request(c, next_random() % KEYS, ++count % (GETS_PER_SET + 1) == 0);
}

int main(int argc, char **argv)
{
    struct sockaddr_in at = inet_at(argv[1]);
    struct epoll_event events[EVENTS];
    struct stopwatch watch;
    int set, done;

    nr_connections = atoi(argv[2]);
    if (nr_connections < 1 || nr_connections > CONNECTIONS_MAX) {
        fprintf(stderr, "connections: 1 to %d\n", CONNECTIONS_MAX);
        return 1;
    }
    set = open_connections(&at);
    fill(&connections[0]);
    for (int i = 0; i < nr_connections; i++)
        next_request(&connections[i]);
    watch = stopwatch_for(atol(argv[argc - 1]));
    do {
        int n = MUST(epoll_wait(set, events, EVENTS, -1));

        done = 0;
        for (int i = 0; i < n; i++) {
            struct connection *c = events[i].data.ptr;

            if (take_answer(c)) {
                next_request(c);
                done++;
            }
        }
    } while (stopwatch_goes_on(&watch, done));
    print_figure(rounds_per_second(&watch), watch.rounds);
    return 0;
}
