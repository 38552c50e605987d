/*
 * exit() in a thread ends the program with its status, while others block or spin.
 *
 * exit: 7
 */
#include "compat.h"

static void *blocked(void *arg)
{
    int ends[2];

    MUST(pipe(ends));
    MUST(read(ends[0], arg, 1));
    return NULL;
}

static void *spinning(void *arg)
{
    for (;;)
        __asm__ volatile("pause");
    return arg;
}

static void *leaver(void *arg)
{
    SAY("leaving");
    exit(7);
    return arg;
}

int main(void)
{
    char c;

    start_thread(blocked, &c);
    start_thread(spinning, NULL);
    start_thread(leaver, NULL);
    pause();
    return 0;
}
