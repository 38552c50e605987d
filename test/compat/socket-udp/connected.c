/* A connected UDP socket hears its peer only, and of its absence. */
#include "net.h"

int main(void)
{
    union address at = v4_address("127.0.0.1", 0), to, gone;
    char buf[16] = "";
    int a = MUST(socket(AF_INET, SOCK_DGRAM, 0)), b = MUST(socket(AF_INET, SOCK_DGRAM, 0));
    int stranger = MUST(socket(AF_INET, SOCK_DGRAM, 0));

    MUST(bind(a, &at.sa, sizeof(at.v4)));
    MUST(bind(b, &at.sa, sizeof(at.v4)));
    to = local_address(b);
    SHOW(connect(a, &to.sa, sizeof(to.v4)));
    gone = local_address(a);
    SHOW(sendto(stranger, "no", 2, 0, &gone.sa, sizeof(gone.v4)));
    SHOW(sendto(b, "yes", 3, 0, &gone.sa, sizeof(gone.v4)));
    SHOW(recv(a, buf, sizeof(buf), 0));
    SAY("%s", buf);
    SHOW(recv(a, buf, sizeof(buf), MSG_DONTWAIT));
    close(b);
    SHOW(send(a, "x", 1, 0));
    SHOW(recv(a, buf, sizeof(buf), 0));
    SHOW(send(a, "x", 1, 0));
    SAY("%s", pending_error(a));
    return 0;
}
