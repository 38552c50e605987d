/* What unix sockets refuse. */
#include "net.h"

int main(void)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX, .sun_path = "socket"};
    int fresh = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
    int dgram = MUST(socket(AF_UNIX, SOCK_DGRAM, 0));
    int listener = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
    socklen_t len = sizeof(at);
    char c;
    int pair[2];

    signal(SIGPIPE, SIG_IGN);
    MUST(bind(listener, (void *)&at, sizeof(at)));
    SHOW(accept(listener, NULL, NULL));
    MUST(listen(listener, 1));
    SHOW(read(fresh, &c, 1));
    SHOW(write(fresh, &c, 1));
    SHOW(getpeername(fresh, (void *)&at, &len));
    SHOW(shutdown(fresh, SHUT_RDWR));
    SAY("fresh polls%s", poll_names(fresh, POLL_ALL, 0));
    SHOW(connect(dgram, (void *)&at, sizeof(at)));
    SHOW(listen(dgram, 1));
    SHOW(accept(dgram, NULL, NULL));
    SHOW(connect(fresh, (void *)&at, sizeof(at)));
    SHOW(connect(fresh, (void *)&at, sizeof(at)));
    SHOW(listen(fresh, 1));
    SHOW(socket(AF_UNIX, SOCK_RAW, 0) >= 0);
    SHOW(socket(AF_UNIX, SOCK_RDM, 0));
    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    SHOW(sendto(pair[0], "x", 1, 0, (void *)&at, sizeof(at)));
    SHOW(setsockopt(pair[0], IPPROTO_TCP, 1, &(int){1}, sizeof(int)));
    SHOW(recv(pair[0], &c, 1, MSG_OOB));
    return 0;
}
