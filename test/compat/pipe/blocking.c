/*
 * Readers wait for bytes, writers for room; a large write goes through a slow reader whole.
 *
 * variants: glibc musl
 */
#include "compat.h"

enum {
    TOTAL = 3 << 20
};
static int ends[2];

static void *writer(void *arg)
{
    char *data = malloc(TOTAL);

    for (int i = 0; i < TOTAL; i++)
        data[i] = i * 31 >> 3;
    SHOW(write(ends[1], data, TOTAL));
    close(ends[1]);
    free(data);
    return arg;
}

int main(void)
{
    pthread_t thread;
    char buf[10007];
    int total = 0;
    ssize_t n;

    MUST(pipe(ends));
    thread = start_thread(writer, NULL);
    while ((n = MUST(read(ends[0], buf, total % sizeof(buf) + 1))) > 0)
        for (ssize_t i = 0; i < n; i++, total++)
            CHECK(buf[i] == (char)(total * 31 >> 3));
    join_thread(thread);
    SAY("%d", total);
    return 0;
}
