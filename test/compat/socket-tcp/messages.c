/* sendmsg, recvmsg, sendmmsg, recvmmsg: vectors, flags, limits. */
#include "net.h"
#include <limits.h>

int main(void)
{
    char a[8] = "", b[8] = "";
    struct iovec out[] = {{"hello ", 6}, {"", 0}, {"world", 5}};
    struct iovec in[] = {{a, 4}, {b, 7}};
    struct msghdr tx = {.msg_iov = out, .msg_iovlen = 3};
    struct msghdr rx = {.msg_iov = in, .msg_iovlen = 2, .msg_flags = -1};
    struct mmsghdr many[3] = {{.msg_hdr = tx}, {.msg_hdr = tx}, {.msg_hdr = tx}};
    struct mmsghdr got[3] = {{.msg_hdr = rx}, {.msg_hdr = rx}, {.msg_hdr = rx}};
    struct timespec zero = {0, 0};
    int pair[2];

    tcp_pair(pair);
    SHOW(sendmsg(pair[0], &tx, 0));
    MUST(poll(&(struct pollfd){pair[1], POLLIN, 0}, 1, -1));
    SHOW(recvmsg(pair[1], &rx, 0));
    SAY("%.4s|%.7s flags %x name %d control %d", a, b, rx.msg_flags, (int)rx.msg_namelen,
        (int)rx.msg_controllen);
    SHOW(recvmsg(pair[1], &rx, MSG_DONTWAIT));
    SHOW(sendmmsg(pair[0], many, 3, 0));
    SAY("%u %u %u", many[0].msg_len, many[1].msg_len, many[2].msg_len);
    SHOW(recv(pair[1], (char[33]){0}, 33, MSG_WAITALL | MSG_PEEK));
    SHOW(recvmmsg(pair[1], got, 3, 0, &zero));
    SAY("%u %.4s|%.7s", got[0].msg_len, a, b);
    tx.msg_iovlen = IOV_MAX + 1;
    SHOW(sendmsg(pair[0], &tx, 0));
    SHOW(sendmsg(pair[0], (void *)8, 0));
    SHOW(recvmsg(pair[1], (void *)8, 0));
    tx.msg_iovlen = 1;
    tx.msg_iov = (void *)8;
    SHOW(sendmsg(pair[0], &tx, 0));
    rx.msg_iovlen = 0;
    SHOW(recvmsg(pair[1], &rx, MSG_DONTWAIT));
    SHOW(sendmsg(99, &tx, 0));
    SHOW(sendmsg(1, &tx, 0));
    return 0;
}
