/*
 * /proc/self/fd of pipes, sockets and event descriptors: their names, attributes, what can be
 * opened anew; fdinfo tells the flags.
 */
#include "compat.h"
#include <dirent.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>

static void show(const char *what, int fd)
{
    char name[64], buf[128] = "";
    struct stat by_name, by_fd;

    snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
    MUST(readlink(name, buf, sizeof(buf) - 1));
    MUST(fstat(fd, &by_fd));
    if (strchr(buf, '[') && !strncmp(strchr(buf, '['), "[e", 2))
        SAY("%s: %s", what, buf);
    else
        SAY("%s: %.*s", what, (int)strcspn(buf, "["), buf);
    if (!strncmp(buf, "pipe:", 5) || !strncmp(buf, "socket:", 7))
        SHOW((ino_t)strtoul(strchr(buf, '[') + 1, NULL, 10) == by_fd.st_ino);
    SHOW(stat(name, &by_name));
    SHOW(by_name.st_mode == by_fd.st_mode && by_name.st_ino == by_fd.st_ino);
    SHOW(lstat(name, &by_name));
    SHOW(S_ISLNK(by_name.st_mode));
    SHOW(access(name, F_OK));
}

static void show_info(int fd)
{
    char name[64], text[512] = "", *line;
    int info;

    snprintf(name, sizeof(name), "/proc/self/fdinfo/%d", fd);
    info = MUST(open(name, O_RDONLY));
    MUST(read(info, text, sizeof(text) - 1));
    close(info);
    line = strstr(text, "flags:");
    CHECK(line && !strncmp(text, "pos:", 4));
    SAY("%.*s", (int)strcspn(text, "\n"), text);
    SAY("%.*s", (int)strcspn(line, "\n"), line);
}

int main(void)
{
    int pipes[2], sockets[2], again, fd = file_with("f", "0123456789");
    char name[64], buf[16] = "";
    struct dirent *entry;
    DIR *dir;

    MUST(syscall(SYS_close_range, 4, ~0U, 0)); /* what the test was started with */
    MUST(pipe2(pipes, O_CLOEXEC));
    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets));
    show("pipe", pipes[0]);
    show("socket", sockets[0]);
    show("eventfd", MUST(eventfd(0, 0)));
    show("timerfd", MUST(timerfd_create(CLOCK_MONOTONIC, 0)));
    show("epoll", MUST(epoll_create1(0)));
    show("listener", MUST(socket(AF_INET, SOCK_STREAM, 0)));

    snprintf(name, sizeof(name), "/dev/fd/%d", sockets[0]);
    SHOW(open(name, O_RDWR));
    snprintf(name, sizeof(name), "/dev/fd/%d", pipes[0]);
    again = MUST(open(name, O_RDONLY));
    close(pipes[0]);
    MUST(write(pipes[1], "abc", 3));
    SHOW(read(again, buf, sizeof(buf)));
    SAY("%s", buf);
    snprintf(name, sizeof(name), "/proc/self/fd/%d/x", again);
    SHOW(open(name, O_RDONLY));

    MUST(lseek(fd, 7, SEEK_SET));
    show_info(fd);
    MUST(fcntl(fd, F_SETFD, FD_CLOEXEC));
    show_info(fd);
    show_info(pipes[1]);
    SHOW(open("/proc/self/fdinfo/99", O_RDONLY));

    SHOW(open("/proc/self/fdinfo/0/", O_RDONLY));
    SHOW(open("/proc/self/maps/", O_RDONLY));
    dir = opendir("/proc/self/fdinfo/");
    CHECK(dir);
    for (int i = 0; i < 2; i++) {
        int count = 0, found = 0;

        while ((entry = readdir(dir))) {
            count++;
            found += atoi(entry->d_name) == fd && entry->d_type == DT_REG;
        }
        SAY("%d entries, %d", count, found);
        rewinddir(dir);
    }
    SHOW(readlinkat(dirfd(dir), "0", buf, sizeof(buf)));
    return 0;
}
