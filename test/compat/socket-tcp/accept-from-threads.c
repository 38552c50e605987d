/* Several threads accept on one listener: each connection goes to one of them. */
#include "net.h"

enum {
    THREADS = 4,
    CONNECTIONS = 200
};
static int listener;

static void *acceptor(void *arg)
{
    long served = 0;
    char c;

    (void)arg;
    for (;;) {
        int fd = MUST(accept(listener, NULL, NULL));

        CHECK(read(fd, &c, 1) == 1);
        write_all(fd, &c, 1);
        close(fd);
        if (c == 'q')
            return (void *)served;
        served++;
    }
}

static void request(char c)
{
    union address to = target_of(listener);
    int fd = tcp_connect(to);
    char back;

    write_all(fd, &c, 1);
    CHECK(read(fd, &back, 1) == 1 && back == c);
    CHECK(read(fd, &back, 1) == 0);
    close(fd);
}

int main(void)
{
    pthread_t threads[THREADS];
    long served = 0;

    listener = tcp_listener(v4_address("127.0.0.1", 0), 5);
    for (int i = 0; i < THREADS; i++)
        threads[i] = start_thread(acceptor, NULL);
    for (int i = 0; i < CONNECTIONS; i++)
        request('x');
    for (int i = 0; i < THREADS; i++)
        request('q');
    for (int i = 0; i < THREADS; i++)
        served += (long)join_thread(threads[i]);
    SAY("served %ld", served);
    return 0;
}
