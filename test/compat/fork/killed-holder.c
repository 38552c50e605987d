/*
 * A process that is killed lets go of all it had open, wherever it was: pipes and sockets end for
 * the others, and a lock on a file is free.
 */
#include "compat.h"

#include <sys/file.h>
#include <sys/socket.h>
#include <sys/wait.h>

enum {
    ROUNDS = 20,
};

/* The child writes on and on, or waits. */
static void hold(int pipe_end, int socket_end, int writes)
{
    char byte;

    while (writes)
        write(socket_end, "x", 1);
    read(socket_end, &byte, 1);
    write(pipe_end, "never", 5);
}

static void round_of(int writes)
{
    int ends[2], pair[2], status;
    char buf[4096];
    ssize_t n;
    pid_t child;

    MUST(pipe(ends));
    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    child = MUST(fork());
    if (!child) {
        close(ends[0]);
        close(pair[0]);
        hold(ends[1], pair[1], writes);
        _exit(1);
    }
    close(ends[1]);
    close(pair[1]);
    if (writes)
        MUST(read(pair[0], buf, sizeof(buf)));
    MUST(kill(child, SIGKILL));
    CHECK(read(ends[0], buf, sizeof(buf)) == 0);
    while ((n = read(pair[0], buf, sizeof(buf))) > 0)
        ;
    CHECK(n == 0);
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    close(ends[0]);
    close(pair[0]);
}

int main(void)
{
    for (int i = 0; i < ROUNDS; i++)
        round_of(i & 1);
    SAY("ends were seen");
    return 0;
}
