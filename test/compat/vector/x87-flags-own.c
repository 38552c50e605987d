/* The x87 exception flags of a thread are its own, also over calls that block. */
#include "compat.h"

static int ends[2][2];

/* One thread raises a flag before each turn, the other looks that it has none; bytes hand over the
 * turn. */
static void *work(void *arg)
{
    bool raises = arg != NULL;
    unsigned short status;
    char c;

    for (int i = 0; i < 100; i++) {
        MUST(read(ends[raises][0], &c, 1));
        __asm__ volatile("fnstsw %0" : "=a"(status));
        CHECK(!(status & 4) == (!raises || !i));
        if (raises)
            __asm__ volatile("fld1; fldz; fdivrp; fstp %%st(0)" ::: "st", "st(1)");
        MUST(write(ends[!raises][1], &c, 1));
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[2];

    MUST(pipe(ends[0]));
    MUST(pipe(ends[1]));
    threads[0] = start_thread(work, NULL);
    threads[1] = start_thread(work, (void *)1);
    MUST(write(ends[1][1], "x", 1));
    join_thread(threads[0]);
    join_thread(threads[1]);
    SAY("own");
    return 0;
}
