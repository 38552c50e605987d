/* A full backlog makes connections wait; they are made when somebody accepts. */
#include "net.h"

int main(void)
{
    enum {
        CLIENTS = 5,
        BACKLOG = 2
    };
    int listener = tcp_listener(v4_address("127.0.0.1", 0), BACKLOG);
    union address to = target_of(listener);
    int clients[CLIENTS], connected = 0, accepted = 0;

    for (int i = 0; i < CLIENTS; i++) {
        clients[i] = MUST(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
        CHECK(connect(clients[i], &to.sa, sizeof(to.v4)) == 0 || errno == EINPROGRESS);
    }
    for (int i = 0; i < CLIENTS; i++)
        connected += strcmp(poll_names(clients[i], POLLOUT, 30), " OUT") == 0;
    SAY("connected %d", connected);
    while (accepted < CLIENTS) {
        MUST(accept(listener, NULL, NULL));
        accepted++;
    }
    connected = 0;
    for (int i = 0; i < CLIENTS; i++)
        connected += strcmp(poll_names(clients[i], POLLOUT, -1), " OUT") == 0;
    SAY("accepted %d connected %d", accepted, connected);
    return 0;
}
