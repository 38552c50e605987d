/* Each way of writing to nobody: EPIPE with SIGPIPE, from the kernel's thread to itself; none with
 * MSG_NOSIGNAL; EPIPE alone when ignored or blocked. */
#include "compat.h"
#include <sys/socket.h>
#include <sys/uio.h>

static volatile int rang;

static void on_pipe(int sig, siginfo_t *info, void *context)
{
    (void)context;
    rang++;
    SAY("signal %d code %d pid %d", sig, info->si_code, info->si_pid == getpid());
}

static void try_all(int pipe_end, int stream, int datagram)
{
    struct iovec iov = {"xy", 2};
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

    SHOW(write(pipe_end, "x", 1));
    SHOW(writev(pipe_end, &iov, 1));
    SHOW(write(pipe_end, "x", 0));
    SHOW(write(stream, "x", 1));
    SHOW(send(stream, "x", 1, 0));
    SHOW(send(stream, "x", 1, MSG_NOSIGNAL));
    SHOW(sendmsg(stream, &msg, 0));
    SHOW(sendmsg(stream, &msg, MSG_NOSIGNAL));
    SHOW(send(datagram, "x", 1, 0));
    SAY("rang %d", rang);
    rang = 0;
}

int main(void)
{
    struct sigaction sa = {.sa_sigaction = on_pipe, .sa_flags = SA_SIGINFO};
    int ends[2], pair[2], datagrams[2];
    sigset_t set;

    MUST(pipe(ends));
    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, datagrams));
    close(ends[0]);
    close(pair[0]);
    close(datagrams[0]);
    MUST(sigaction(SIGPIPE, &sa, NULL));
    try_all(ends[1], pair[1], datagrams[1]);
    signal(SIGPIPE, SIG_IGN);
    try_all(ends[1], pair[1], datagrams[1]);
    signal(SIGPIPE, SIG_DFL);
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    MUST(sigprocmask(SIG_BLOCK, &set, NULL));
    try_all(ends[1], pair[1], datagrams[1]);
    MUST(sigpending(&set));
    SAY("pending %d", sigismember(&set, SIGPIPE));
    return 0;
}
