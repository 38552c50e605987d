/* The signal calls misused. */
#include "compat.h"
#include <sys/signalfd.h>

int main(void)
{
    struct sigaction sa = {.sa_handler = SIG_IGN};
    sigset_t set;

    sigemptyset(&set);
    SHOW(sigaction(0, &sa, NULL));
    SHOW(sigaction(65, &sa, NULL));
    SHOW(sigaction(-1, &sa, NULL));
    SHOW(syscall(SYS_rt_sigaction, SIGUSR1, 8, NULL, 8));
    SHOW(syscall(SYS_rt_sigaction, SIGUSR1, NULL, NULL, 7));
    SHOW(kill(getpid(), 65));
    SHOW(kill(getpid(), -1));
    SHOW(kill(getpid(), 0));
    SHOW(kill(0x3fffffff, 0));
    SHOW(syscall(SYS_tkill, 0, SIGUSR1));
    SHOW(sigqueue(getpid(), 65, (union sigval){0}));
    SHOW(syscall(SYS_rt_sigprocmask, SIG_BLOCK, 8, NULL, 8));
    SHOW(syscall(SYS_rt_sigpending, 8, 8));
    SHOW(syscall(SYS_rt_sigsuspend, 8, 8));
    SHOW(syscall(SYS_rt_sigtimedwait, 8, NULL, NULL, 8));
    SHOW(syscall(SYS_sigaltstack, 8, NULL));
    SHOW(signalfd(0, &set, 0));
    SHOW(signalfd(99, &set, 0));
    SHOW(signalfd(-1, &set, 1));
    return 0;
}
