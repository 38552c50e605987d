/* Data sent before accept is there after it; a client that left before is accepted all the same. */
#include "net.h"

int main(void)
{
    char buf[16] = "";
    int listener = tcp_listener(v4_address("127.0.0.1", 0), 5);
    int client = tcp_connect(target_of(listener));
    int server;

    SHOW(write(client, "early", 5));
    server = MUST(accept(listener, NULL, NULL));
    SHOW(read(server, buf, sizeof(buf)));
    SAY("%s", buf);
    close(server);
    close(client);
    client = tcp_connect(target_of(listener));
    SHOW(write(client, "gone", 4));
    SHOW(close(client));
    SHOW((server = accept(listener, NULL, NULL)) >= 0);
    SHOW(read(server, buf, sizeof(buf)));
    SHOW(read(server, buf, sizeof(buf)));
    return 0;
}
