/* SO_REUSEPORT lets several listeners share a port; each connection goes to one of them. */
#include "net.h"

int main(void)
{
    struct pollfd p[2];
    union address at = v4_address("127.0.0.1", 0);
    int accepted = 0;

    for (int i = 0; i < 2; i++) {
        p[i].fd = MUST(socket(AF_INET, SOCK_STREAM, 0));
        p[i].events = POLLIN;
        set_option(p[i].fd, SOL_SOCKET, SO_REUSEPORT, 1);
        SHOW(bind(p[i].fd, &at.sa, sizeof(at.v4)));
        SHOW(listen(p[i].fd, 100));
        at = local_address(p[i].fd);
    }
    SHOW(bind(MUST(socket(AF_INET, SOCK_STREAM, 0)), &at.sa, sizeof(at.v4)));
    for (int i = 0; i < 40; i++)
        tcp_connect(at);
    while (accepted < 40) {
        MUST(poll(p, 2, -1));
        for (int i = 0; i < 2; i++)
            if (p[i].revents) {
                MUST(accept(p[i].fd, NULL, NULL));
                accepted++;
            }
    }
    SAY("accepted %d", accepted);
    return 0;
}
