/*
 * RLIMIT_FSIZE: what would make a file larger fails with EFBIG and sends SIGXFSZ first; what fits
 * in part is written in part, without a signal.
 *
 * report: SIGXFSZ
 */
#include "fork.h"
#include <sys/resource.h>

static void tell(int signal, siginfo_t *info, void *context)
{
    (void)context;
    SAY("signal %d code %d own %d", signal, info->si_code, info->si_pid == getpid());
}

static void limited(int fd)
{
    const struct rlimit limit = {10, 10};

    MUST(setrlimit(RLIMIT_FSIZE, &limit));
    SHOW(ftruncate(fd, 11));
    SHOW(truncate("file", 12));
    SHOW(write(fd, "0123456789abc", 13));
    SHOW(write(fd, "abc", 3));
    SHOW(pwrite(fd, "abc", 3, 20));
    SHOW(fallocate(fd, 0, 0, 100));
    SHOW(pwrite(fd, "abc", 3, 7));
    signal(SIGXFSZ, SIG_IGN);
    SHOW(write(fd, "abc", 3));
    signal(SIGXFSZ, SIG_DFL);
    SHOW(write(fd, "abc", 3));
}

int main(void)
{
    struct sigaction action = {.sa_sigaction = tell, .sa_flags = SA_SIGINFO};
    int fd = MUST(open("file", O_RDWR | O_CREAT, 0600));
    pid_t pid;

    MUST(sigaction(SIGXFSZ, &action, NULL));
    pid = must_fork();
    if (!pid) {
        limited(fd);
        _exit(0);
    }
    reap("child", pid);
    return 0;
}
