/* Named pipes: opening waits for the other end, unless it may not. */
#include "net.h"
#include <sys/stat.h>

static void *open_and_write(void *arg)
{
    int fd = MUST(open("fifo", O_WRONLY));

    MUST(write(fd, arg, strlen(arg)));
    close(fd);
    return NULL;
}

int main(void)
{
    char buf[16] = "";
    pthread_t thread;
    int fd, writer;

    SHOW(mkfifo("fifo", 0600));
    SHOW(mkfifo("fifo", 0600));
    SHOW(open("fifo", O_WRONLY | O_NONBLOCK));
    SHOW(fd = open("fifo", O_RDONLY | O_NONBLOCK));
    SHOW(read(fd, buf, sizeof(buf)));
    SAY("polls%s", poll_names(fd, POLLIN, 0));
    SHOW(writer = open("fifo", O_WRONLY | O_NONBLOCK));
    SHOW(read(fd, buf, sizeof(buf)));
    close(writer);
    SHOW(read(fd, buf, sizeof(buf)));
    SAY("polls%s", poll_names(fd, POLLIN, 0));
    close(fd);
    thread = start_thread(open_and_write, "rendezvous");
    fd = MUST(open("fifo", O_RDONLY));
    SHOW(read(fd, buf, sizeof(buf)));
    join_thread(thread);
    SHOW(read(fd, buf, sizeof(buf)));
    SAY("%s", buf);
    return 0;
}
