/* Removing or renaming the path moves nothing: existing connections live, the name leads to the
 * same socket. */
#include "net.h"

int main(void)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX, .sun_path = "one"};
    struct sockaddr_un moved = {.sun_family = AF_UNIX, .sun_path = "two"};
    int listener = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
    int a = MUST(socket(AF_UNIX, SOCK_STREAM, 0)), b = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
    int server;
    char c;

    MUST(bind(listener, (void *)&at, sizeof(at)));
    MUST(listen(listener, 5));
    SHOW(connect(a, (void *)&at, sizeof(at)));
    SHOW(rename("one", "two"));
    SHOW(connect(b, (void *)&at, sizeof(at)));
    SHOW(connect(b, (void *)&moved, sizeof(moved)));
    SHOW(unlink("two"));
    server = MUST(accept(listener, NULL, NULL));
    SHOW(write(a, "x", 1));
    SHOW(read(server, &c, 1));
    SHOW(connect(MUST(socket(AF_UNIX, SOCK_STREAM, 0)), (void *)&moved, sizeof(moved)));
    return 0;
}
