/* A signal in the middle of a large write gives the count so far, not EINTR. */
#include "compat.h"
#include <sys/time.h>

static volatile int rings;

static void on_alarm(int sig)
{
    (void)sig;
    rings++;
}

int main(void)
{
    static char data[1 << 20];
    struct itimerval every = {{0, 10000}, {0, 10000}};
    int ends[2];
    long n;

    MUST(pipe(ends));
    on_signal(SIGALRM, on_alarm, 0);
    MUST(setitimer(ITIMER_REAL, &every, NULL));
    n = SHOW(write(ends[1], data, sizeof(data)));
    SHOW(write(ends[1], data, sizeof(data)));
    CHECK(rings > 0 && n > 0);
    return 0;
}
