/* ppoll: time to the nanosecond, a mask for the wait, and the time left from the raw call. */
#include "net.h"

static volatile int handled;

static void on_usr1(int sig)
{
    (void)sig;
    handled++;
}

int main(void)
{
    struct timespec brief = {0, 5000000}, bad = {0, -1}, long_time = {100, 0};
    sigset_t block, none;
    struct pollfd p;
    int ends[2];
    int64_t start = now_ns();

    MUST(pipe(ends));
    p = (struct pollfd){ends[0], POLLIN, 0};
    SHOW(ppoll(&p, 1, &brief, NULL));
    CHECK(now_ns() - start >= 5000000);
    SAY("%ld", brief.tv_nsec);
    SHOW(ppoll(&p, 1, &bad, NULL));
    MUST(write(ends[1], "x", 1));
    SHOW(syscall(SYS_ppoll, &p, 1, &long_time, NULL, 8));
    CHECK(long_time.tv_sec == 99);
    MUST(read(ends[0], (char[1]){0}, 1));
    on_signal(SIGUSR1, on_usr1, 0);
    sigemptyset(&none);
    sigemptyset(&block);
    sigaddset(&block, SIGUSR1);
    MUST(sigprocmask(SIG_BLOCK, &block, NULL));
    raise(SIGUSR1);
    SHOW(ppoll(&p, 1, NULL, &none));
    SAY("handled %d", handled);
    MUST(sigprocmask(SIG_BLOCK, NULL, &none));
    SHOW(sigismember(&none, SIGUSR1));
    SHOW(syscall(SYS_ppoll, &p, 1, NULL, &none, 4));
    return 0;
}
