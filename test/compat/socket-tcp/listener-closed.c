/* Closing a listener resets who was not accepted yet, and refuses who comes after. */
#include "net.h"

int main(void)
{
    char c;
    int listener = tcp_listener(v4_address("127.0.0.1", 0), 5);
    union address to = target_of(listener);
    int waiting = tcp_connect(to);

    SHOW(close(listener));
    SAY("polls%s", poll_names(waiting, POLLIN, -1));
    SHOW(read(waiting, &c, 1));
    SHOW(connect(MUST(socket(AF_INET, SOCK_STREAM, 0)), &to.sa, sizeof(to.v4)));
    return 0;
}
