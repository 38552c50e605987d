/*
 * Each program has a pid of its own; signal 0 and SIGTERM reach the other by it, and only it.
 *
 * roles: server client
 */
#include "echo.h"

static volatile int handled;

static void on_term(int sig)
{
    (void)sig;
    handled++;
}

int main(int argc, char **argv)
{
    union address at = v4_address("127.0.0.1", pair_port());
    pid_t pid = getpid(), other;
    int fd;

    if (is_role(argc, argv, "server")) {
        sigset_t block, none;

        on_signal(SIGTERM, on_term, 0);
        sigemptyset(&none);
        sigemptyset(&block);
        sigaddset(&block, SIGTERM);
        MUST(sigprocmask(SIG_BLOCK, &block, NULL));
        fd = MUST(accept(listen_at(&at.sa, sizeof(at.v4), 1), NULL, NULL));
        write_all(fd, &pid, sizeof(pid));
        SHOW(sigsuspend(&none));
        SAY("handled %d", handled);
        return 0;
    }
    on_signal(SIGTERM, on_term, 0);
    fd = connect_when_ready(&at.sa, sizeof(at.v4));
    CHECK(read_all(fd, &other, sizeof(other)) == sizeof(other));
    SHOW(other != pid);
    SHOW(kill(other, 0));
    SHOW(kill(other, SIGTERM));
    SHOW(read(fd, &other, 1));
    SAY("handled %d", handled);
    return 0;
}
