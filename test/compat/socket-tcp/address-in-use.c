/* Who may share a port: the rules of SO_REUSEADDR, of wildcards and of the two families. */
#include "net.h"

static int try_bind(const char *ip, unsigned port, bool reuse, bool v6_only)
{
    union address at = strchr(ip, ':') ? v6_address(ip, port) : v4_address(ip, port);
    int fd = MUST(socket(at.sa.sa_family, SOCK_STREAM, 0));
    int err;

    if (reuse)
        set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (v6_only)
        set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    err = bind(fd, &at.sa, address_size(&at)) ? errno : 0;
    SAY("bind %s%s%s: %s", ip, reuse ? " reuse" : "", v6_only ? " v6only" : "",
        err ? err_name(err) : "ok");
    if (err)
        close(fd);
    return err ? -1 : fd;
}

int main(void)
{
    int listener = tcp_listener(v4_address("127.0.0.1", 0), 5);
    union address at = local_address(listener);
    unsigned port = port_of(&at);
    int fd;

    try_bind("127.0.0.1", port, false, false);
    try_bind("127.0.0.1", port, true, false);
    try_bind("0.0.0.0", port, false, false);
    close(try_bind("127.0.0.2", port, false, false));
    close(try_bind("::1", port, false, false));
    try_bind("::", port, false, false);
    close(try_bind("::", port, false, true));
    try_bind("::ffff:127.0.0.1", port, false, false);
    close(listener);
    fd = try_bind("::", port, false, false);
    SHOW(listen(fd, 1));
    try_bind("127.0.0.1", port, false, false);
    try_bind("0.0.0.0", port, true, false);
    close(fd);
    fd = try_bind("127.0.0.1", port, true, false);
    close(try_bind("127.0.0.1", port, true, false));
    close(try_bind("0.0.0.0", port, true, false));
    SHOW(listen(fd, 1));
    try_bind("127.0.0.1", port, true, false);
    return 0;
}
