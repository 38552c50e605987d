/*
 * SCM_RIGHTS of files and datagram sockets: the sender has ended before they are received, several
 * are on their way at once and are received in another order, or never, one was sent before the
 * fork, one goes from child to child.
 */
#include "../net.h"
#include "fork.h"
#include "passing.h"

static void show_text(int fd)
{
    char text[16] = "";

    SHOW(pread(fd, text, sizeof(text) - 1, 0));
    SAY("%s", text);
}

static int channel(int fds[2])
{
    return MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
}

static void before_the_fork(void)
{
    int fds[2], fd;
    pid_t pid;

    channel(fds);
    fd = file_with("early", "sent early");
    send_fd(fds[0], fd);
    pid = must_fork();
    if (pid == 0) {
        close(fd);
        fd = receive_fd(fds[1]);
        show_text(fd);
        SHOW(lseek(fd, 3, SEEK_SET)); /* the parent shares it */
        fflush(stdout);
        _exit(0);
    }
    reap("receiver", pid);
    SHOW(lseek(fd, 0, SEEK_CUR));
    close(fd);
    close(fds[0]);
    close(fds[1]);
}

static void by_one_who_ended(void)
{
    enum {
        CHANNELS = 20
    };
    int fds[CHANNELS][2];
    pid_t pid;

    for (int i = 0; i < CHANNELS; i++)
        channel(fds[i]);
    pid = must_fork();
    if (pid == 0) {
        for (int i = 0; i < CHANNELS; i++) {
            char name[16];

            snprintf(name, sizeof(name), "file %d", i);
            send_fd(fds[i][0], file_with(name, name));
        }
        _exit(0);
    }
    reap("sender", pid);
    for (int i = CHANNELS - 1; i >= 0; i -= 3) { /* the others are never received */
        int fd = receive_fd(fds[i][1]);

        show_text(fd);
        close(fd);
    }
    for (int i = 0; i < CHANNELS; i++) {
        close(fds[i][0]);
        close(fds[i][1]);
    }
}

static void between_children(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    int fds[2], fd;
    char c = 0;
    pid_t sender, receiver;

    channel(fds);
    sender = must_fork();
    if (sender == 0) {
        fd = MUST(socket(AF_INET, SOCK_DGRAM, 0));
        MUST(bind(fd, (struct sockaddr *)&address, sizeof(address)));
        send_fd(fds[0], fd);
        pause();
    }
    receiver = must_fork();
    if (receiver == 0) {
        fd = receive_fd(fds[1]);
        MUST(kill(sender, SIGKILL)); /* the socket lives on */
        MUST(getsockname(fd, (struct sockaddr *)&address, &len));
        CHECK(sendto(fd, "x", 1, 0, (struct sockaddr *)&address, len) == 1);
        CHECK(poll_names(fd, POLLIN, -1) != NULL);
        CHECK(recv(fd, &c, 1, 0) == 1 && c == 'x');
        _exit(0);
    }
    reap("sender", sender);
    reap("receiver", receiver);
    close(fds[0]);
    close(fds[1]);
}

int main(void)
{
    before_the_fork();
    by_one_who_ended();
    between_children();
    return 0;
}
