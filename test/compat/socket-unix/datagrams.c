/* Datagrams keep their boundaries; each has its sender's name; queues have an end. */
#include "net.h"

int main(void)
{
    struct sockaddr_un one = {.sun_family = AF_UNIX, .sun_path = "one"}, from;
    struct sockaddr_un two = {.sun_family = AF_UNIX, .sun_path = "two"};
    socklen_t len = sizeof(from);
    char buf[16] = "";
    int a = MUST(socket(AF_UNIX, SOCK_DGRAM, 0)), b = MUST(socket(AF_UNIX, SOCK_DGRAM, 0));
    int pair[2], queued = 0;

    MUST(bind(a, (void *)&one, sizeof(one)));
    SHOW(sendto(a, "x", 1, 0, (void *)&two, sizeof(two)));
    MUST(bind(b, (void *)&two, sizeof(two)));
    SHOW(sendto(a, "first", 5, 0, (void *)&two, sizeof(two)));
    SHOW(sendto(a, "second", 6, 0, (void *)&two, sizeof(two)));
    SHOW(recvfrom(b, buf, 3, 0, (void *)&from, &len));
    SAY("%.3s from %s", buf, from.sun_path);
    SHOW(recv(b, buf, 3, MSG_TRUNC | MSG_PEEK));
    SHOW(recv(b, buf, sizeof(buf), 0));
    SHOW(recv(b, buf, sizeof(buf), MSG_DONTWAIT));
    SHOW(send(a, "x", 1, 0));
    SHOW(connect(a, (void *)&two, sizeof(two)));
    SHOW(send(a, "connected", 9, 0));
    SHOW(recv(b, buf, sizeof(buf), 0));
    SHOW(close(b));
    SHOW(send(a, "x", 1, 0));
    MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
    SHOW(send(pair[0], "", 0, 0));
    SHOW(recv(pair[1], buf, sizeof(buf), 0));
    while (send(pair[0], "queue", 5, MSG_DONTWAIT) == 5)
        queued++;
    SAY("%s", err_name(errno));
    CHECK(queued > 0);
    SHOW(send(pair[0], buf, 10 << 20, MSG_DONTWAIT));
    return 0;
}
