/* Requests of ioctl that make or name a descriptor mean the program's own. */
#include "compat.h"
#include <linux/fs.h>
#include <linux/nsfs.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

/* The slave end by its master: the way of openpty(3). */
static void pseudoterminal(void)
{
    int master = MUST(posix_openpt(O_RDWR | O_NOCTTY)), lock = 0, slave;
    char line[8] = "";

    MUST(ioctl(master, TIOCSPTLCK, &lock));
    slave = MUST(ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
    CHECK(slave == master + 1);
    SHOW(fcntl(slave, F_GETFD));
    SHOW(isatty(slave));
    SHOW(write(master, "typed\n", 6));
    SHOW(read(slave, line, sizeof(line)));
    SAY("%s", strcmp(line, "typed\n") == 0 ? "as typed" : line);
    close(slave);
    close(master);
}

/* A session of its own with this terminal: what script(1), ssh and terminals do. */
static void session(void)
{
    int master, slave, status;
    char line[32] = "";

    MUST(openpty(&master, &slave, NULL, NULL, NULL));
    if (MUST(fork()) == 0) {
        MUST(setsid());
        MUST(ioctl(slave, TIOCSCTTY, 0));
        MUST(dup2(slave, 0));
        CHECK(tcgetpgrp(0) == getpid());
        CHECK(open("/dev/tty", O_RDWR) >= 0);
        MUST(write(0, "child\n", 6));
        pause();
        _exit(1);
    }
    SHOW(read(master, line, sizeof(line)));
    SHOW(write(master, "\003", 1)); /* the interrupt character */
    MUST(wait(&status));
    SAY("ended by %s", WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "itself");
    close(slave);
    close(master);
}

static void clones(void)
{
    int from = file_with("from", "content"), to = file_with("to", "");
    struct file_clone_range range = {.src_fd = 99};

    SHOW(ioctl(to, FICLONE, 99));
    SHOW(ioctl(to, FICLONE, -1));
    SHOW(ioctl(to, FICLONERANGE, &range));
    SHOW(ioctl(to, FICLONERANGE, 8));
    SHOW(ioctl(to, FICLONE, from));
    close(from);
    close(to);
}

static void namespaces(void)
{
    int space = MUST(open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC));
    int user = ioctl(space, NS_GET_USERNS);

    if (user >= 0) {
        CHECK(user == space + 1);
        SHOW(fcntl(user, F_GETFD));
        close(user);
    }
    close(space);
}

int main(void)
{
    pseudoterminal();
    session();
    clones();
    namespaces();
    return 0;
}
