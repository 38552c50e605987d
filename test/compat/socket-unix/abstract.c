/* Abstract names are bytes, not paths, and are free again when the listener is closed. */
#include "net.h"
#include <stddef.h>

int main(void)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX}, got;
    socklen_t size = offsetof(struct sockaddr_un, sun_path), len = sizeof(got);
    int listener, client;

    size += 1 + snprintf(at.sun_path + 1, 64, "compat-%d%c-with-zero", getpid(), 0);
    for (int i = 0; i < 2; i++) {
        listener = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
        SHOW(bind(listener, (void *)&at, size));
        SHOW(listen(listener, 5));
        client = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
        SHOW(connect(client, (void *)&at, size));
        SHOW(getpeername(client, (void *)&got, &len));
        CHECK(len == size && memcmp(&at, &got, size) == 0);
        SHOW(close(listener));
        SHOW(connect(MUST(socket(AF_UNIX, SOCK_STREAM, 0)), (void *)&at, size));
    }
    return 0;
}
