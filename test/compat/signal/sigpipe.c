/* SIGPIPE for pipes and sockets: handled, ignored, avoided by MSG_NOSIGNAL. */
#include "compat.h"
#include <sys/socket.h>

static volatile int pipes;

static void on_pipe(int sig)
{
    (void)sig;
    pipes++;
}

int main(void)
{
    int ends[2], pair[2];

    MUST(pipe(ends));
    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    close(ends[0]);
    close(pair[0]);
    on_signal(SIGPIPE, on_pipe, 0);
    SHOW(write(ends[1], "x", 1));
    SAY("pipes %d", pipes);
    SHOW(send(pair[1], "x", 1, 0));
    SAY("pipes %d", pipes);
    SHOW(send(pair[1], "x", 1, MSG_NOSIGNAL));
    SAY("pipes %d", pipes);
    SHOW(write(ends[1], "", 0));
    SAY("pipes %d", pipes);
    signal(SIGPIPE, SIG_IGN);
    SHOW(write(ends[1], "x", 1));
    SHOW(write(pair[1], "x", 1));
    SAY("pipes %d", pipes);
    return 0;
}
