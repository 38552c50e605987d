/*
 * Megabytes in both directions at once, in chunks of many sizes, arrive in order and whole.
 *
 * variants: glibc musl
 */
#include "net.h"

enum {
    TOTAL = 24 << 20
};

static unsigned char byte_at(size_t i, unsigned seed)
{
    return (i * 2654435761u >> 11) ^ i ^ seed;
}

struct side {
    int fd;
    unsigned seed;
};

static void *send_all(void *arg)
{
    static __thread unsigned char buf[200000];
    struct side *side = arg;
    unsigned chunk = 1;

    for (size_t done = 0; done < TOTAL;) {
        size_t n = chunk % sizeof(buf);

        n = n < TOTAL - done ? n : TOTAL - done;
        for (size_t i = 0; i < n; i++)
            buf[i] = byte_at(done + i, side->seed);
        write_all(side->fd, buf, n);
        done += n;
        chunk = chunk * 3 + 1;
    }
    MUST(shutdown(side->fd, SHUT_WR));
    return NULL;
}

static void *receive_all(void *arg)
{
    static __thread unsigned char buf[150000];
    struct side *side = arg;
    unsigned chunk = 7;
    size_t done = 0;
    ssize_t n;

    while ((n = MUST(read(side->fd, buf, chunk % sizeof(buf) + 1))) > 0) {
        for (ssize_t i = 0; i < n; i++)
            CHECK(buf[i] == byte_at(done + i, side->seed));
        done += n;
        chunk = chunk * 5 + 3;
    }
    return (void *)done;
}

int main(void)
{
    int pair[2];
    pthread_t threads[4];

    tcp_pair(pair);
    threads[0] = start_thread(send_all, &(struct side){pair[0], 1});
    threads[1] = start_thread(send_all, &(struct side){pair[1], 2});
    threads[2] = start_thread(receive_all, &(struct side){pair[1], 1});
    threads[3] = start_thread(receive_all, &(struct side){pair[0], 2});
    join_thread(threads[0]);
    join_thread(threads[1]);
    SAY("%ld", (long)join_thread(threads[2]));
    SAY("%ld", (long)join_thread(threads[3]));
    return 0;
}
