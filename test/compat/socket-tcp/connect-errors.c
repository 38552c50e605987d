/* connect(2) refused for its arguments. */
#include "net.h"

int main(void)
{
    int listener = tcp_listener(v4_address("127.0.0.1", 0), 5);
    union address to = target_of(listener), v6 = v6_address("::1", 1);
    union address unspec = {.sa = {.sa_family = AF_UNSPEC}};
    int v4_fd = MUST(socket(AF_INET, SOCK_STREAM, 0));
    int v6_fd = MUST(socket(AF_INET6, SOCK_STREAM, 0));
    char buf[4];

    SHOW(connect(99, &to.sa, sizeof(to.v4)));
    SHOW(connect(1, &to.sa, sizeof(to.v4)));
    SHOW(connect(v4_fd, &to.sa, 4));
    SHOW(connect(v4_fd, &to.sa, sizeof(to.v4) - 1));
    SHOW(connect(v4_fd, &v6.sa, sizeof(v6.v6)));
    SHOW(connect(v6_fd, &to.sa, sizeof(to.v4)));
    SHOW(connect(v6_fd, &v6.sa, 20));
    SHOW(connect(v4_fd, (void *)8, sizeof(to.v4)));
    SHOW(connect(v4_fd, &to.sa, -1));
    SHOW(connect(listener, &to.sa, sizeof(to.v4)));
    SHOW(read(v4_fd, buf, 4));
    SHOW(send(v4_fd, buf, 4, MSG_NOSIGNAL));
    SHOW(getpeername(v4_fd, &v6.sa, &(socklen_t){sizeof(v6)}));
    SHOW(connect(v4_fd, &to.sa, sizeof(to.v4)));
    SHOW(connect(v4_fd, &to.sa, sizeof(to.v4)));
    SHOW(listen(v4_fd, 1));
    SHOW(connect(v4_fd, &unspec.sa, sizeof(unspec.sa)));
    SHOW(getpeername(v4_fd, &v6.sa, &(socklen_t){sizeof(v6)}));
    SHOW(connect(v4_fd, &to.sa, sizeof(to.v4)));
    return 0;
}
