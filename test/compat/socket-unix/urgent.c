/* Urgent data on a UNIX stream (unix(7)). */
#include "net.h"
#include <sys/ioctl.h>

static int pair[2];

static void state(const char *when)
{
    struct pollfd it = {pair[0], POLLPRI, 0};
    int at = -1;

    MUST(poll(&it, 1, 0));
    MUST(ioctl(pair[0], SIOCATMARK, &at));
    SAY("%s: %sat mark %d", when, it.revents & POLLPRI ? "PRI " : "", at);
}

static void take(int flags)
{
    char buf[32] = "";
    long n = recv(pair[0], buf, sizeof(buf) - 1, flags | MSG_DONTWAIT);

    SAY("recv %s= %ld %s '%.*s'", flags & MSG_OOB ? "OOB " : "", n, n < 0 ? err_name(errno) : "",
        n > 0 ? (int)n : 0, buf);
}

int main(void)
{
    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    if (send(pair[1], "?", 1, MSG_OOB) < 0 && errno == EOPNOTSUPP)
        return COMPAT_SKIPPED; /* a kernel without CONFIG_AF_UNIX_OOB */
    take(MSG_OOB);
    take(0);
    SHOW(send(pair[1], "", 0, MSG_OOB));
    SHOW(send(pair[1], "abcX", 4, MSG_OOB));
    SHOW(send(pair[1], "def", 3, 0));
    state("sent");
    take(MSG_OOB);
    take(MSG_OOB);
    take(0);
    state("before the mark");
    take(0);
    state("behind it");
    SHOW(send(pair[1], "abY", 3, MSG_OOB));
    take(0);
    state("unread");
    take(0);
    state("passed");
    take(MSG_OOB);
    return 0;
}
