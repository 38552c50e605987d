/*
 * 400 threads at once, each passes a token to the next through a pipe of its own.
 *
 * variants: glibc musl
 */
#include "compat.h"

enum {
    THREADS = 400
};
static int pipes[THREADS + 1][2];

static void *relay(void *arg)
{
    long me = (long)arg;
    int token;

    for (int round = 0; round < 5; round++) {
        CHECK(read(pipes[me][0], &token, sizeof(token)) == sizeof(token));
        token++;
        CHECK(write(pipes[me + 1][1], &token, sizeof(token)) == sizeof(token));
    }
    return NULL;
}

int main(void)
{
    static pthread_t threads[THREADS];
    pthread_attr_t attr;
    int token = 0;

    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, 64 << 10);
    for (int i = 0; i <= THREADS; i++)
        MUST(pipe(pipes[i]));
    for (long i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], &attr, relay, (void *)i) == 0);
    for (int round = 0; round < 5; round++) {
        MUST(write(pipes[0][1], &token, sizeof(token)));
        MUST(read(pipes[THREADS][0], &token, sizeof(token)));
    }
    for (int i = 0; i < THREADS; i++)
        join_thread(threads[i]);
    SAY("token %d", token);
    return 0;
}
