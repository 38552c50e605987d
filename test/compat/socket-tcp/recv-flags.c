/* MSG_PEEK, MSG_WAITALL, MSG_DONTWAIT and MSG_TRUNC on a stream. */
#include "net.h"

static int pair[2];

static void *slow_sender(void *arg)
{
    for (int i = 0; i < 4; i++) {
        MUST(write(pair[1], (char *)arg + i * 2, 2));
        sleep_ms(2);
    }
    return NULL;
}

int main(void)
{
    char buf[16] = "";
    struct iovec iov[2] = {{buf, 3}, {buf + 8, 5}};
    struct msghdr msg = {.msg_iov = iov, .msg_iovlen = 2};
    pthread_t thread;

    tcp_pair(pair);
    SHOW(recv(pair[0], buf, 8, MSG_DONTWAIT));
    MUST(write(pair[1], "0123456789", 10));
    MUST(poll(&(struct pollfd){pair[0], POLLIN, 0}, 1, -1));
    SHOW(recv(pair[0], buf, 4, MSG_PEEK));
    SHOW(recv(pair[0], buf, 4, MSG_PEEK));
    SAY("%.4s", buf);
    SHOW(recv(pair[0], buf, 2, 0));
    SHOW(recv(pair[0], NULL, 3, MSG_TRUNC));
    SHOW(recv(pair[0], buf, 16, MSG_DONTWAIT));
    SAY("%.5s", buf);
    SHOW(recv(pair[0], buf, 8, MSG_DONTWAIT | MSG_PEEK));
    thread = start_thread(slow_sender, "abcdefgh");
    SHOW(recv(pair[0], buf, 8, MSG_WAITALL));
    SAY("%.8s", buf);
    join_thread(thread);
    thread = start_thread(slow_sender, "ABCDEFGH");
    SHOW(recvmsg(pair[0], &msg, MSG_WAITALL));
    SAY("%.3s %.5s", buf, buf + 8);
    join_thread(thread);
    MUST(write(pair[1], "end", 3));
    MUST(shutdown(pair[1], SHUT_WR));
    SHOW(recv(pair[0], buf, 8, MSG_WAITALL));
    SHOW(recv(pair[0], buf, 8, MSG_WAITALL));
    SHOW(recv(pair[0], buf, 0, 0));
    return 0;
}
