/*
 * Floating-point sums of threads that block and spin come out as they would alone.
 *
 * variants: glibc musl avx2 static
 */
#include "compat.h"
#include <math.h>

enum {
    THREADS = 6,
    STEPS = 60000
};
static int ends[2];

static double series(long seed, bool disturbed)
{
    double sum = 0, product = 1;
    float parts[8] = {0};

    for (int i = 1; i <= STEPS; i++) {
        double x = (double)(seed + i) / STEPS;

        sum += sin(x) * sqrt(x) + 1.0 / i;
        product *= 1.0 + x * 1e-6;
        for (int k = 0; k < 8; k++)
            parts[k] += (float)x * k;
        if (disturbed && i % 100 == 0) {
            char c = 0;

            sched_yield();
            MUST(write(ends[1], &c, 1));
            MUST(read(ends[0], &c, 1));
        }
    }
    for (int k = 0; k < 8; k++)
        sum += parts[k];
    return sum * product;
}

static void *work(void *arg)
{
    double *result = malloc(sizeof(*result));

    *result = series((long)arg, true);
    return result;
}

int main(void)
{
    pthread_t threads[THREADS];

    MUST(pipe(ends));
    for (long i = 0; i < THREADS; i++)
        threads[i] = start_thread(work, (void *)i);
    for (long i = 0; i < THREADS; i++) {
        double *result = join_thread(threads[i]);

        SAY("%ld: %s", i, *result == series(i, false) ? "the same" : "different");
    }
    return 0;
}
