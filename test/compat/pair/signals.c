/*
 * Signals from one program to another: who sent is told, values arrive in order, a call that waits
 * ends; a stopped program dies of SIGKILL.
 *
 * roles: target sender
 * exit: 137
 */
#include "echo.h"

static const struct sockaddr_un at = {.sun_family = AF_UNIX, .sun_path = "socket"};
static siginfo_t got[8];
static volatile int n;

static void note(int sig, siginfo_t *info, void *context)
{
    (void)sig;
    (void)context;
    got[n++] = *info;
}

static void receive(int fd, pid_t sender)
{
    struct sigaction sa = {.sa_sigaction = note, .sa_flags = SA_SIGINFO};
    sigset_t all, none;
    char c;

    sigfillset(&all);
    sigemptyset(&none);
    sa.sa_mask = all;
    MUST(sigaction(SIGUSR1, &sa, NULL));
    MUST(sigaction(SIGRTMIN, &sa, NULL));
    MUST(sigprocmask(SIG_BLOCK, &all, NULL));
    write_all(fd, "r", 1);
    CHECK(read_all(fd, &c, 1) == 1);
    SHOW(sigsuspend(&none));
    for (int i = 0; i < n; i++)
        SAY("signal %d code %d from %s value %d", got[i].si_signo, got[i].si_code,
            got[i].si_pid == sender ? "sender" : "?",
            got[i].si_code == SI_QUEUE ? got[i].si_value.sival_int : 0);
    MUST(sigprocmask(SIG_UNBLOCK, &all, NULL));
    write_all(fd, "h", 1);
    pause();
    SAY("not reached");
}

static void send_all(int fd, pid_t target)
{
    struct timeval brief = {0, 30000};
    char c;

    CHECK(read_all(fd, &c, 1) == 1);
    for (int i = 0; i < 3; i++)
        SHOW(sigqueue(target, SIGRTMIN, (union sigval){.sival_int = i}));
    SHOW(kill(target, SIGUSR1));
    write_all(fd, "g", 1);
    CHECK(read_all(fd, &c, 1) == 1);
    SHOW(kill(target, SIGSTOP));
    MUST(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &brief, sizeof(brief)));
    write_all(fd, "x", 1);
    SHOW(read(fd, &c, 1));
    SHOW(kill(target, SIGUSR1));
    SHOW(kill(target, SIGKILL));
    brief.tv_usec = brief.tv_sec = 0;
    MUST(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &brief, sizeof(brief)));
    CHECK(read(fd, &c, 1) <= 0);
    SAY("target is gone");
}

int main(int argc, char **argv)
{
    pid_t self = getpid(), other;
    int fd;

    if (is_role(argc, argv, "target")) {
        fd = MUST(accept(listen_at((void *)&at, sizeof(at), 1), NULL, NULL));
        write_all(fd, &self, sizeof(self));
        CHECK(read_all(fd, &other, sizeof(other)) == sizeof(other));
        receive(fd, other);
        return 0;
    }
    fd = connect_when_ready((void *)&at, sizeof(at));
    CHECK(read_all(fd, &other, sizeof(other)) == sizeof(other));
    write_all(fd, &self, sizeof(self));
    send_all(fd, other);
    return 0;
}
