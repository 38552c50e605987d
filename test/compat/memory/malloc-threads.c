/*
 * Many sizes from many threads: nobody gets another's bytes; blocks may be freed by others.
 *
 * variants: glibc musl static avx2
 */
#include "compat.h"
#include <malloc.h>

enum {
    THREADS = 8,
    BLOCKS = 300,
    ROUNDS = 20
};
static char *shared[THREADS][BLOCKS];
static size_t sizes[BLOCKS];

static void *fill(void *arg)
{
    long me = (long)arg;

    for (int i = 0; i < BLOCKS; i++) {
        char *p = malloc(sizes[i]);

        CHECK(p);
        memset(p, me + 1, sizes[i]);
        shared[me][i] = p;
    }
    return NULL;
}

static void *verify_and_free(void *arg)
{
    long other = ((long)arg + 1) % THREADS;

    for (int i = 0; i < BLOCKS; i++) {
        char *p = shared[other][i];

        CHECK(p[0] == other + 1 && p[sizes[i] / 2] == other + 1 && p[sizes[i] - 1] == other + 1);
        if (i % 3 == 0) {
            p = realloc(p, sizes[i] * 2);
            CHECK(p && p[sizes[i] - 1] == other + 1);
        }
        free(p);
    }
    return NULL;
}

static void in_parallel(void *(*work)(void *))
{
    pthread_t threads[THREADS];

    for (long i = 0; i < THREADS; i++)
        threads[i] = start_thread(work, (void *)i);
    for (int i = 0; i < THREADS; i++)
        join_thread(threads[i]);
}

int main(void)
{
    for (int i = 0; i < BLOCKS; i++)
        sizes[i] = 1 + (size_t)i * i * 7 % 200000;
    for (int i = 0; i < ROUNDS; i++) {
        in_parallel(fill);
        in_parallel(verify_and_free);
    }
    for (size_t align = 8; align <= 1 << 16; align *= 2) {
        char *p = memalign(align, 100);

        CHECK(p && (uintptr_t)p % align == 0);
        free(p);
    }
    SAY("done");
    return 0;
}
