/* A client may choose its own address and port before it connects. */
#include "net.h"

int main(void)
{
    union address at = v4_address("127.0.0.5", 0), peer;
    socklen_t len = sizeof(peer);
    int listener = tcp_listener(v4_address("0.0.0.0", 0), 5);
    int client = MUST(socket(AF_INET, SOCK_STREAM, 0));
    int server;
    unsigned port;

    SHOW(bind(client, &at.sa, sizeof(at.v4)));
    at = local_address(client);
    port = port_of(&at);
    show_address("bound", &at, port);
    SHOW(bind(client, &at.sa, sizeof(at.v4)));
    at = target_of(listener);
    SHOW(connect(client, &at.sa, sizeof(at.v4)));
    at = local_address(client);
    show_address("connected", &at, port);
    server = MUST(accept(listener, &peer.sa, &len));
    show_address("seen by the server", &peer, port);
    SHOW(bind(server, &at.sa, sizeof(at.v4)));
    return 0;
}
