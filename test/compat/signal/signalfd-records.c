/*
 * signalfd(2): each record says all that the siginfo says, by how the signal was sent; a thread
 * reads its own signals and those of its process, lowest first; what does not fit stays.
 *
 * variants: glibc musl
 */
#include "compat.h"
#include <sys/signalfd.h>

static void show(const struct signalfd_siginfo *i)
{
    SAY("signal %u errno %d code %d pid %s uid %s fd %d tid %u band %u overrun %u trapno %u "
        "status %d int %d ptr %s utime %llu stime %llu addr %llx lsb %u call %llx",
        i->ssi_signo, i->ssi_errno, i->ssi_code,
        (pid_t)i->ssi_pid == getpid() ? "self"
        : i->ssi_pid                  ? "?"
                                      : "none",
        i->ssi_uid == getuid() ? "self" : "?", i->ssi_fd, i->ssi_tid, i->ssi_band, i->ssi_overrun,
        i->ssi_trapno, i->ssi_status, i->ssi_int,
        i->ssi_ptr == 0x123456789abcd ? "given"
        : i->ssi_ptr                  ? "?"
                                      : "none",
        (unsigned long long)i->ssi_utime, (unsigned long long)i->ssi_stime,
        (unsigned long long)i->ssi_addr, i->ssi_addr_lsb, (unsigned long long)i->ssi_call_addr);
}

static void queue_as(int sig, siginfo_t *info)
{
    info->si_signo = sig;
    MUST(syscall(SYS_rt_sigqueueinfo, getpid(), sig, info));
}

static void *other_thread(void *arg)
{
    struct signalfd_siginfo infos[4];
    int fd = *(int *)arg;
    ssize_t n;

    pthread_kill(pthread_self(), SIGHUP);
    n = SHOW(read(fd, infos, sizeof(infos)));
    for (size_t i = 0; i < (size_t)n / sizeof(*infos); i++)
        SAY("thread takes %u", infos[i].ssi_signo);
    return NULL;
}

int main(void)
{
    union sigval value = {.sival_ptr = (void *)0x123456789abcd};
    struct sigevent event = {
        .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 2, .sigev_value = value};
    struct itimerspec once = {.it_value = {0, 1}};
    struct signalfd_siginfo infos[8];
    siginfo_t fault = {.si_code = SEGV_ACCERR, .si_errno = 3};
    siginfo_t child = {.si_code = CLD_EXITED};
    siginfo_t io = {.si_code = POLL_IN};
    timer_t timer;
    sigset_t all;
    ssize_t n;
    int fd;

    fault.si_addr = (void *)0x1234567;
    child.si_pid = getpid();
    child.si_uid = getuid();
    child.si_status = 5;
    child.si_utime = 6;
    child.si_stime = 7;
    io.si_band = 9;
    io.si_fd = 10;
    sigfillset(&all);
    MUST(sigprocmask(SIG_BLOCK, &all, NULL));
    fd = MUST(signalfd(-1, &all, SFD_NONBLOCK));
    raise(SIGUSR1);
    kill(getpid(), SIGTERM);
    sigqueue(getpid(), SIGRTMIN + 1, value);
    queue_as(SIGSEGV, &fault);
    queue_as(SIGCHLD, &child);
    queue_as(SIGIO, &io);
    n = SHOW(read(fd, infos, sizeof(infos) - 1));
    for (size_t i = 0; i < (size_t)n / sizeof(*infos); i++)
        show(&infos[i]);

    MUST(timer_create(CLOCK_MONOTONIC, &event, &timer));
    MUST(fcntl(fd, F_SETFL, 0));
    MUST(timer_settime(timer, 0, &once, NULL));
    SHOW(read(fd, infos, sizeof(infos)));
    infos[0].ssi_tid = 0; /* the kernel's number of the timer */
    show(infos);

    for (int i = 0; i < 3; i++)
        sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = i});
    SHOW(read(fd, infos, 2 * sizeof(*infos)));
    SAY("values %d %d", infos[0].ssi_int, infos[1].ssi_int);
    SHOW(read(fd, infos, sizeof(infos)));
    SAY("value %d", infos[0].ssi_int);
    SHOW(read(fd, infos, sizeof(*infos) - 1));
    SHOW(read(fd, NULL, sizeof(*infos) - 1));

    pthread_kill(pthread_self(), SIGUSR2);
    kill(getpid(), SIGUSR1);
    join_thread(start_thread(other_thread, &fd));
    SHOW(read(fd, infos, sizeof(infos)));
    SAY("left for main: %u", infos[0].ssi_signo);
    raise(SIGUSR1);
    SHOW(read(fd, (void *)8, sizeof(*infos)));
    MUST(fcntl(fd, F_SETFL, O_NONBLOCK));
    SHOW(read(fd, infos, sizeof(infos)));
    SHOW(write(fd, infos, sizeof(infos)));
    SHOW(lseek(fd, 0, SEEK_SET));
    SHOW(fcntl(fd, F_GETFD));
    SHOW(fcntl(MUST(signalfd(-1, &all, SFD_CLOEXEC)), F_GETFD));
    SHOW(signalfd(0, &all, 0));
    SHOW(signalfd(fd, &all, SFD_NONBLOCK) == fd);
    SHOW(syscall(SYS_signalfd4, -1, &all, 4, 0));
    SHOW(syscall(SYS_signalfd4, -1, 8, 8, 0));
    SHOW(syscall(SYS_signalfd4, 99, 8, 8, 1));
    return 0;
}
