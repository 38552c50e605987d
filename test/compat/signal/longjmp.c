/*
 * siglongjmp out of a handler restores the mask; longjmp out of a blocking call works.
 *
 * variants: glibc musl
 */
#include "compat.h"
#include <setjmp.h>
#include <sys/time.h>

static sigjmp_buf back;

static void on_signal_jump(int sig)
{
    siglongjmp(back, sig);
}

int main(void)
{
    struct itimerval soon = {{0, 0}, {0, 10000}};
    volatile int rounds = 0;
    sigset_t now;
    int ends[2];
    char c;

    MUST(pipe(ends));
    on_signal(SIGUSR1, on_signal_jump, 0);
    on_signal(SIGALRM, on_signal_jump, 0);
    if (sigsetjmp(back, 1) == 0)
        SAY("first");
    MUST(sigprocmask(SIG_BLOCK, NULL, &now));
    CHECK(!sigismember(&now, SIGUSR1));
    if (rounds++ < 1000)
        raise(SIGUSR1);
    SAY("rounds %d", rounds);
    rounds = 0;
    if (sigsetjmp(back, 1) != 0)
        SAY("out of read");
    if (rounds++ < 3) {
        MUST(setitimer(ITIMER_REAL, &soon, NULL));
        read(ends[0], &c, 1);
    }
    return 0;
}
