/* SCM_RIGHTS between parent and child: a pipe, a socket and a file, opened after the fork. */
#include "../net.h"
#include "fork.h"
#include "passing.h"

int main(void)
{
    int channel[2], fds[2], fd;
    char text[16] = "";
    pid_t pid;

    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, channel));
    pid = must_fork();
    if (pid == 0) {
        close(channel[0]); /* so that the parent's end, however it comes, is the channel's */
        MUST(pipe(fds));
        send_fd(channel[1], fds[0]);
        write_all(fds[1], "through a pipe", 14);
        close(fds[1]);
        gate_wait((struct gate){{channel[1], -1}});
        send_fd(channel[1], file_with("file", "from a file"));
        gate_wait((struct gate){{channel[1], -1}}); /* our copy lives until here */
        _exit(0);
    }
    fd = receive_fd(channel[0]);
    SHOW(read_all(fd, text, 16));
    SAY("%s", text);
    write_all(channel[0], "", 1);
    memset(text, 0, sizeof(text));
    fd = receive_fd(channel[0]);
    SHOW(read_all(fd, text, 16));
    SAY("%s", text);
    write_all(channel[0], "", 1);
    reap("child", pid);
    SHOW(lseek(fd, 0, SEEK_CUR));
    return 0;
}
