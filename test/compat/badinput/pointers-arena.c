/* A system call writes nowhere that its program has not mapped: here where the runtime keeps what
 * all programs share. */
#include "wild.h"

#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>

#define ARENA ((char *)0x100000000000)

/* A call that is given `p`: the arena's first page, and its middle. */
#define WITH_ARENA(call)                                                     \
    do {                                                                     \
        for (int page = 0; page < 2; page++) {                               \
            void *p = ARENA + page * 1048576;                                \
            long ret = (errno = 0, (long)(call));                            \
            SAY("%s: %ld %s", #call, ret, ret == -1 ? err_name(errno) : ""); \
        }                                                                    \
    } while (0)

int main(void)
{
    char text[64] = "0123456789abcdef";
    int file = file_with("f", text), fds[2], hosts[2];
    struct iovec arena = {ARENA, 16};
    struct msghdr msg = {.msg_iov = &arena, .msg_iovlen = 1};
    struct msghdr control = {.msg_iov = &(struct iovec){text, 16},
                             .msg_iovlen = 1,
                             .msg_control = ARENA,
                             .msg_controllen = 64};

    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
    MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, hosts));
    SHOW(write(fds[1], text, 16));
    SHOW(write(hosts[1], text, 16));
    SHOW(send(hosts[1], text, 16, 0));

    WITH_ARENA(read(file, p, 16));
    WITH_ARENA(pread(file, p, 16, 0));
    WITH_ARENA(write(fds[0], p, 16));
    WITH_ARENA(read(fds[0], p, 16));
    WITH_ARENA(recv(fds[0], p, 16, 0));
    WITH_ARENA(readv(file, p, 1));
    WITH_ARENA(getcwd(p, 4096));
    WITH_ARENA(ioctl(fds[0], FIONREAD, p));
    WITH_ARENA(ioctl(file, FIONREAD, p));
    WITH_ARENA(syscall(SYS_fstat, file, p));
    WITH_ARENA(syscall(SYS_statfs, ".", p));
    WITH_ARENA(syscall(SYS_getrandom, p, 16, 0));
    WITH_ARENA(syscall(SYS_clock_gettime, CLOCK_REALTIME, p));
    WITH_ARENA(syscall(SYS_uname, p));
    WITH_ARENA(syscall(SYS_open, p, O_RDONLY));
    SHOW(preadv(file, &arena, 1, 0));
    SHOW(recvmsg(fds[0], &msg, MSG_DONTWAIT));
    SHOW(recvmsg(hosts[0], &msg, MSG_DONTWAIT));
    SHOW(sendmsg(hosts[0], &msg, MSG_DONTWAIT));
    SHOW(sendmsg(hosts[0], &control, MSG_DONTWAIT));
    SHOW(read(fds[0], text, 16));
    return 0;
}
