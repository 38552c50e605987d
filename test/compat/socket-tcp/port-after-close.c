/* After a connection that the server closed, its port is in TIME_WAIT: SO_REUSEADDR takes it at
 * once. */
#include "net.h"

int main(void)
{
    char c;
    int listener = MUST(socket(AF_INET, SOCK_STREAM, 0));
    union address at = v4_address("127.0.0.1", 0);
    int client, server;

    set_option(listener, SOL_SOCKET, SO_REUSEADDR, 1);
    MUST(bind(listener, &at.sa, sizeof(at.v4)));
    MUST(listen(listener, 1));
    at = local_address(listener);
    client = tcp_connect(at);
    server = MUST(accept(listener, NULL, NULL));
    close(server);
    SHOW(read(client, &c, 1));
    close(client);
    close(listener);
    listener = MUST(socket(AF_INET, SOCK_STREAM, 0));
    set_option(listener, SOL_SOCKET, SO_REUSEADDR, 1);
    SHOW(bind(listener, &at.sa, sizeof(at.v4)));
    SHOW(listen(listener, 1));
    client = tcp_connect(at);
    SHOW(accept(listener, NULL, NULL) >= 0);
    return 0;
}
