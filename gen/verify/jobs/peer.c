/*
 * The other end of the wire: sends UDP datagrams of many sizes and expects each of them back unchanged.
 *
 * peer ADDRESS PORT: exit status 0 when every datagram came back and none was changed; one line on standard output says
 * how many. A datagram that does not come back is sent again, as UDP may lose it.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The payload's number, then bytes that follow from it; 1472 fills an Ethernet frame. */
static const size_t sizes[] = {4, 17, 18, 19, 64, 255, 256, 1000, 1471, 1472};
enum { n_sizes = sizeof(sizes) / sizeof(sizes[0]), n_rounds = 5, n_tries = 10, wait_ms = 1000 };

static void fill(uint8_t *payload, size_t size, uint32_t number)
{
    uint32_t state = number * 2654435761u + 1;

    memcpy(payload, &number, sizeof(number));
    for (size_t i = sizeof(number); i < size; i++) {
        state = state * 1664525u + 1013904223u;
        payload[i] = state >> 24;
    }
}

enum answer { ANSWER_NONE, ANSWER_SAME, ANSWER_CHANGED };

/* Answers to earlier tries of other numbers are passed over. */
static enum answer receive(int fd, const uint8_t *sent, size_t size)
{
    uint8_t got[2048];

    for (;;) {
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        ssize_t length;

        if (poll(&ready, 1, wait_ms) <= 0)
            return ANSWER_NONE;
        length = recv(fd, got, sizeof(got), 0);
        if (length >= 4 && memcmp(got, sent, 4) != 0)
            continue;
        if (length == (ssize_t)size && memcmp(got, sent, size) == 0)
            return ANSWER_SAME;
        return ANSWER_CHANGED;
    }
}

static enum answer exchange(int fd, size_t size, uint32_t number)
{
    uint8_t sent[2048];

    fill(sent, size, number);
    for (int try = 0; try < n_tries; try++) {
        enum answer answer;

        if (send(fd, sent, size, 0) < 0)
            continue;
        answer = receive(fd, sent, size);
        if (answer != ANSWER_NONE)
            return answer;
    }
    return ANSWER_NONE;
}

int main(int argc, char **argv)
{
    struct sockaddr_in to = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    int same = 0, changed = 0, total = n_rounds * n_sizes;

    if (argc != 3 || inet_pton(AF_INET, argv[1], &to.sin_addr) != 1)
        return 2;
    to.sin_port = htons(atoi(argv[2]));
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0) {
        perror("peer");
        return 2;
    }
    for (int i = 0; i < total; i++) {
        enum answer answer = exchange(fd, sizes[i % n_sizes], i + 1);

        same += answer == ANSWER_SAME;
        changed += answer == ANSWER_CHANGED;
        if (answer == ANSWER_NONE)
            break;
    }
    printf("%d of %d datagrams came back unchanged, %d changed\n", same, total, changed);
    return same == total ? 0 : 1;
}
