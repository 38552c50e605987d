/* Thousands of short connections, one request each. */
#include "net.h"

enum {
    CONNECTIONS = 2000
};
static int listener;

static void *serve(void *arg)
{
    for (int i = 0; i < CONNECTIONS; i++) {
        int word, fd = MUST(accept(listener, NULL, NULL));

        CHECK(read_all(fd, &word, sizeof(word)) == sizeof(word));
        word *= 2;
        write_all(fd, &word, sizeof(word));
        close(fd);
    }
    return arg;
}

int main(void)
{
    pthread_t thread;
    long sum = 0;

    listener = tcp_listener(v4_address("127.0.0.1", 0), 50);
    thread = start_thread(serve, NULL);
    for (int i = 0; i < CONNECTIONS; i++) {
        int word = i, fd = tcp_connect(target_of(listener));
        char c;

        write_all(fd, &word, sizeof(word));
        CHECK(read_all(fd, &word, sizeof(word)) == sizeof(word));
        CHECK(read(fd, &c, 1) == 0);
        sum += word;
        close(fd);
    }
    join_thread(thread);
    SAY("sum %ld", sum);
    return 0;
}
