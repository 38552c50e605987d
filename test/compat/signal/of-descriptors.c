/*
 * Signals that the kernel sends about a descriptor (fcntl(2): F_NOTIFY, F_SETLEASE, O_ASYNC) reach
 * the program that asked for them, with its own number of the descriptor, in a forked one too.
 */
#include "../fork/fork.h"
#include <stdlib.h>
#include <sys/stat.h>

static volatile int arrived, of_fd, code;

static void tell(int signal, siginfo_t *info, void *context)
{
    (void)context;
    of_fd = info->si_fd;
    code = info->si_code;
    arrived = signal;
}

static void wait_for(const char *what, int fd)
{
    while (!arrived)
        usleep(1000);
    SAY("%s: signal %d, code %d, %s descriptor", what, arrived == SIGIO ? 0 : arrived - SIGRTMIN,
        code, of_fd == fd ? "its own" : "another");
    arrived = 0;
}

static void directory(void)
{
    int fd = MUST(open("folder", O_RDONLY | O_DIRECTORY));

    SHOW(fcntl(fd, F_SETSIG, SIGRTMIN + 1));
    SHOW(fcntl(fd, F_NOTIFY, DN_CREATE | DN_DELETE | DN_MULTISHOT));
    CHECK(fcntl(fd, F_GETOWN) == getpid());
    MUST(close(open("folder/x", O_CREAT | O_RDWR, 0600)));
    wait_for("created", fd);
    MUST(unlink("folder/x"));
    wait_for("deleted", fd);
}

static void lease(void)
{
    int fd;

    MUST(close(open("file", O_CREAT | O_RDWR, 0600)));
    fd = MUST(open("file", O_RDONLY));
    SHOW(fcntl(fd, F_SETSIG, SIGRTMIN + 2));
    SHOW(fcntl(fd, F_SETLEASE, F_RDLCK));
    SHOW(open("file", O_WRONLY | O_NONBLOCK));
    wait_for("lease", fd);
    SHOW(fcntl(fd, F_SETLEASE, F_UNLCK));
}

static void terminal(void)
{
    int master = MUST(posix_openpt(O_RDWR | O_NOCTTY)), fd;

    CHECK(!grantpt(master) && !unlockpt(master));
    fd = MUST(open(ptsname(master), O_RDWR | O_NOCTTY));
    SHOW(fcntl(fd, F_SETOWN, getpid()));
    SHOW(fcntl(fd, F_SETSIG, SIGRTMIN + 3));
    SHOW(fcntl(fd, F_SETFL, O_ASYNC));
    CHECK(write(master, "a\n", 2) == 2);
    wait_for("terminal", fd);
}

static void all(void)
{
    for (int i = 0; i < 5; i++) /* so that a host would number otherwise */
        MUST(dup(0));
    directory();
    lease();
    terminal();
}

int main(void)
{
    struct sigaction action = {.sa_sigaction = tell, .sa_flags = SA_SIGINFO};
    pid_t pid;

    for (int i = 1; i < 4; i++)
        MUST(sigaction(SIGRTMIN + i, &action, NULL));
    MUST(sigaction(SIGIO, &action, NULL));
    MUST(mkdir("folder", 0700));
    all();
    pid = must_fork();
    if (!pid) {
        all();
        _exit(0);
    }
    reap("child", pid);
    return 0;
}
