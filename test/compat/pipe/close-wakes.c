/* Closing the last writing end wakes a blocked reader; closing the reading end wakes a blocked
 * writer. */
#include "compat.h"

static int ends[2];

static void *close_end(void *arg)
{
    sleep_ms(10);
    close(ends[(long)arg]);
    return NULL;
}

int main(void)
{
    static char block[256 << 10];
    pthread_t thread;
    char c;

    signal(SIGPIPE, SIG_IGN);
    MUST(pipe(ends));
    thread = start_thread(close_end, (void *)1);
    SHOW(read(ends[0], &c, 1));
    join_thread(thread);
    MUST(pipe(ends));
    thread = start_thread(close_end, (void *)0);
    SHOW(write(ends[1], block, sizeof(block)));
    SHOW(write(ends[1], block, sizeof(block)));
    join_thread(thread);
    return 0;
}
