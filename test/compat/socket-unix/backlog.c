/* A full backlog makes connect wait, or EAGAIN when it may not. */
#include "net.h"

static struct sockaddr_un at = {.sun_family = AF_UNIX, .sun_path = "socket"};

static void *connect_blocking(void *arg)
{
    int fd = MUST(socket(AF_UNIX, SOCK_STREAM, 0));

    MUST(connect(fd, (void *)&at, sizeof(at)));
    return arg;
}

int main(void)
{
    int listener = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
    pthread_t thread;
    int connected = 0, fd;

    MUST(bind(listener, (void *)&at, sizeof(at)));
    MUST(listen(listener, 2));
    for (;;) {
        fd = MUST(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0));
        if (connect(fd, (void *)&at, sizeof(at)))
            break;
        connected++;
    }
    SAY("%d connected, then %s", connected, err_name(errno));
    thread = start_thread(connect_blocking, NULL);
    SHOW(accept(listener, NULL, NULL) >= 0);
    join_thread(thread);
    SAY("the waiting one got in");
    return 0;
}
