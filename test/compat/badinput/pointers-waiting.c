/* Wild pointers to the calls that wait, and to those of signals, time and processes, are EFAULT. */
#include "wild.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/utsname.h>

int main(void)
{
    int set = MUST(epoll_create1(0));
    int event_fd = MUST(eventfd(1, EFD_NONBLOCK));
    int timer_fd = MUST(timerfd_create(CLOCK_MONOTONIC, 0));
    struct epoll_event event = {.events = EPOLLIN};

    MUST(epoll_ctl(set, EPOLL_CTL_ADD, event_fd, &event));
    WILD_OUT(syscall(SYS_epoll_wait, set, p, 1, 0));
    WILD_IN(syscall(SYS_epoll_ctl, set, EPOLL_CTL_MOD, event_fd, p));
    WILD_IN(syscall(SYS_poll, p, 1, 0));
    WILD_IN(syscall(SYS_ppoll, NULL, 0, p, NULL, 8));
    WILD_IN(syscall(SYS_select, 1, p, NULL, NULL, NULL));
    WILD_IN(syscall(SYS_select, 0, NULL, NULL, NULL, p));
    WILD_OUT(syscall(SYS_pipe, p));
    WILD_OUT(syscall(SYS_pipe2, p, 0));
    WILD_IN(syscall(SYS_timerfd_settime, timer_fd, 0, p, NULL));
    WILD_OUT(syscall(SYS_timerfd_gettime, timer_fd, p));
    WILD_IN(syscall(SYS_nanosleep, p, NULL));
    WILD_IN(syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, p, NULL));
    WILD_OUT(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, p));
    WILD_OUT(syscall(SYS_clock_getres, CLOCK_MONOTONIC, p));
    WILD_OUT(syscall(SYS_gettimeofday, p, NULL));
    WILD_OUT(syscall(SYS_time, p));
    WILD_IN(syscall(SYS_rt_sigaction, SIGUSR1, p, NULL, 8));
    WILD_OUT(syscall(SYS_rt_sigaction, SIGUSR1, NULL, p, 8));
    WILD_IN(syscall(SYS_rt_sigprocmask, SIG_BLOCK, p, NULL, 8));
    WILD_OUT(syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, p, 8));
    WILD_OUT(syscall(SYS_rt_sigpending, p, 8));
    WILD_IN(syscall(SYS_sigaltstack, p, NULL));
    WILD_OUT(syscall(SYS_sigaltstack, NULL, p));
    WILD_IN(syscall(SYS_setitimer, ITIMER_REAL, p, NULL));
    WILD_OUT(syscall(SYS_getitimer, ITIMER_REAL, p));
    WILD_OUT(syscall(SYS_uname, p));
    WILD_OUT(syscall(SYS_getrlimit, RLIMIT_NOFILE, p));
    WILD_IN(syscall(SYS_setrlimit, RLIMIT_NOFILE, p));
    WILD_OUT(syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, p));
    WILD_OUT(syscall(SYS_getrusage, RUSAGE_SELF, p));
    WILD_OUT(syscall(SYS_times, p));
    WILD_OUT(syscall(SYS_sysinfo, p));
    WILD_OUT(syscall(SYS_getrandom, p, 8, 0));
    WILD_OUT(syscall(SYS_sched_getaffinity, 0, 128, p));
    WILD_IN(syscall(SYS_sched_setaffinity, 0, 128, p));
    WILD_OUT(syscall(SYS_getresuid, p, p, p));
    WILD_OUT(syscall(SYS_getcpu, p, NULL, NULL));
    return 0;
}
