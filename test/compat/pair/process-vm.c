/*
 * One program reads and writes the memory of another, which tells it where by a file.
 *
 * roles: owner visitor
 */
#include "echo.h"
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/uio.h>

struct place {
    pid_t pid;
    char *at;
};

int main(int argc, char **argv)
{
    char text[32] = "the owner's words";
    struct place place = {getpid(), text};
    struct iovec local = {text, 9}, remote;
    int fd;

    if (is_role(argc, argv, "owner")) {
        prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
        fd = MUST(open("place.new", O_WRONLY | O_CREAT, 0600));
        CHECK(write(fd, &place, sizeof(place)) == sizeof(place));
        MUST(rename("place.new", "place"));
        while (((volatile char *)text)[0] != 'T')
            sched_yield();
        SAY("%s", text);
        return 0;
    }
    while ((fd = open("place", O_RDONLY)) < 0)
        sched_yield();
    CHECK(read(fd, &place, sizeof(place)) == sizeof(place));
    memset(text, 0, sizeof(text));
    remote = (struct iovec){(void *)16, 9};
    SHOW(process_vm_readv(place.pid, &local, 1, &remote, 1, 0));
    remote = (struct iovec){place.at, 9};
    SHOW(process_vm_readv(place.pid, &local, 1, &remote, 1, 0));
    SAY("%s", text);
    text[0] = 'T';
    local.iov_len = remote.iov_len = 1;
    SHOW(process_vm_writev(place.pid, &local, 1, &remote, 1, 0));
    return 0;
}
