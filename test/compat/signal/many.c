/*
 * Thousands of signals to oneself, all handled, in the middle of ordinary work.
 *
 * variants: glibc musl
 */
#include "compat.h"

static volatile int handled;

static void on_usr1(int sig)
{
    (void)sig;
    handled++;
}

int main(void)
{
    char buf[64];
    unsigned sum = 0;

    on_signal(SIGUSR1, on_usr1, SA_RESTART);
    for (int i = 0; i < 5000; i++) {
        MUST(kill(getpid(), SIGUSR1));
        sum += snprintf(buf, sizeof(buf), "%d", i);
    }
    SAY("handled %d sum %u", handled, sum);
    return 0;
}
