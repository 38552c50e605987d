/*
 * getsockname and getpeername of both ends, over IPv4, IPv6 and IPv4 mapped into IPv6.
 *
 * variants: glibc musl
 */
#include "net.h"

static void talk(const char *title, union address listen_at, union address (*target)(unsigned))
{
    union address peer, to;
    socklen_t len = sizeof(peer);
    char buf[16] = "";
    int listener = tcp_listener(listen_at, 5), client, server;
    unsigned port, client_port;

    SAY("%s", title);
    peer = local_address(listener);
    port = port_of(&peer);
    CHECK(port != 0);
    show_address("listener", &peer, port);
    to = target(port);
    client = tcp_connect(to);
    peer = local_address(client);
    client_port = port_of(&peer);
    CHECK(client_port != 0 && client_port != port);
    show_address("client is", &peer, client_port);
    len = sizeof(peer);
    MUST(getpeername(client, &peer.sa, &len));
    show_address("client's peer", &peer, port);
    len = sizeof(peer);
    server = MUST(accept(listener, &peer.sa, &len));
    SAY("address size %d", (int)len);
    show_address("accepted from", &peer, client_port);
    len = sizeof(peer);
    MUST(getpeername(server, &peer.sa, &len));
    show_address("server's peer", &peer, client_port);
    peer = local_address(server);
    show_address("server is", &peer, port);
    SHOW(write(client, "hello", 5));
    SHOW(read(server, buf, sizeof(buf)));
    SHOW(write(server, "world!", 6));
    SHOW(read(client, buf, sizeof(buf)));
    SAY("%s", buf);
    close(client);
    close(server);
    close(listener);
}

static union address loopback4(unsigned port)
{
    return v4_address("127.0.0.1", port);
}

static union address other4(unsigned port)
{
    return v4_address("127.1.2.3", port);
}

static union address loopback6(unsigned port)
{
    return v6_address("::1", port);
}

static union address mapped(unsigned port)
{
    return v6_address("::ffff:127.0.0.1", port);
}

static union address any4(unsigned port)
{
    return v4_address("0.0.0.0", port);
}

static union address any6(unsigned port)
{
    return v6_address("::", port);
}

int main(void)
{
    talk("v4", loopback4(0), loopback4);
    talk("v4 any", any4(0), loopback4);
    talk("v4 any, another loopback address", any4(0), other4);
    talk("v4 specific loopback address", other4(0), other4);
    talk("v4, connected to any", loopback4(0), any4);
    talk("v6", loopback6(0), loopback6);
    talk("v6 any", any6(0), loopback6);
    talk("v6 any, v4 client", any6(0), loopback4);
    talk("v6 any, mapped client", any6(0), mapped);
    talk("v6 mapped listener, v4 client", mapped(0), loopback4);
    talk("v4 listener, mapped client", loopback4(0), mapped);
    talk("v6, connected to any", loopback6(0), any6);
    return 0;
}
