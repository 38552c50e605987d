/* Wild pointers to the calls on sockets are EFAULT. */
#include "wild.h"

int main(void)
{
    int pair[2], unix_pair[2];
    int fd = MUST(socket(AF_INET, SOCK_STREAM, 0));
    int listener = tcp_listener(v4_address("127.0.0.1", 0), 5);
    socklen_t len = sizeof(union address);
    union address to = target_of(listener);

    tcp_pair(pair);
    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, unix_pair));
    write_all(pair[1], "some data to be read", 20);
    write_all(unix_pair[1], "some data to be read", 20);
    SAY("polls%s", poll_names(pair[0], POLLIN, -1));
    WILD_IN(bind(fd, p, sizeof(to.v4)));
    WILD_IN(connect(fd, p, sizeof(to.v4)));
    WILD_OUT(getsockname(listener, p, &len));
    WILD_OUT(getsockname(listener, &to.sa, p));
    WILD_OUT(getpeername(pair[0], p, &len));
    WILD_OUT(getsockopt(fd, SOL_SOCKET, SO_TYPE, p, &len));
    WILD_OUT(getsockopt(fd, SOL_SOCKET, SO_TYPE, &to, p));
    WILD_IN(setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, p, 4));
    WILD_OUT(socketpair(AF_UNIX, SOCK_STREAM, 0, p));
    WILD_IN(sendmsg(pair[0], p, 0));
    WILD_IN(recvmsg(pair[0], p, 0));
    WILD_IN(syscall(SYS_sendmmsg, pair[0], p, 1, 0));
    WILD_IN(syscall(SYS_recvmmsg, pair[0], p, 1, MSG_DONTWAIT, NULL));
    WILD_IN(writev(pair[0], p, 1));
    WILD_IN(readv(pair[0], p, 1));
    WILD_OUT(ioctl(pair[0], FIONREAD, p));
    WILD_IN(ioctl(pair[0], FIONBIO, p));
    for (int i = 0; i < WILD; i++) {
        void *p = wild_pointers_of_program[i].at;

        if (i == 6)
            continue; /* half readable: see pointers-partial.c */
        SAY("%s", wild_pointers_of_program[i].name);
        SHOW(send(pair[0], p, 8, 0));
        SHOW(recv(pair[0], p, 8, 0));
        SHOW(write(unix_pair[0], p, 8));
        SHOW(read(unix_pair[0], p, 8));
        SHOW(sendto(pair[0], p, 8, 0, NULL, 0));
    }
    SHOW(recv(pair[0], (char[32]){0}, 32, 0));
    SHOW(recv(unix_pair[0], (char[32]){0}, 32, 0));
    return 0;
}
