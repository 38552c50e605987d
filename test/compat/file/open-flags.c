/* open(2): creation, exclusivity, and the kinds of file it refuses. */
#include "compat.h"
#include <sys/stat.h>

int main(void)
{
    int fd;

    SHOW(open("missing", O_RDONLY));
    SHOW(fd = open("new", O_WRONLY | O_CREAT | O_EXCL, 0600));
    SHOW(open("new", O_WRONLY | O_CREAT | O_EXCL, 0600));
    SHOW(read(fd, &fd, 1));
    close(fd);
    SHOW(mkdir("dir", 0700));
    SHOW(open("dir", O_WRONLY));
    SHOW(open("dir", O_RDWR | O_CREAT, 0600));
    SHOW(open("new", O_RDONLY | O_DIRECTORY));
    SHOW(open("new/below", O_RDONLY));
    SHOW(symlink("new", "link"));
    SHOW(open("link", O_RDONLY | O_NOFOLLOW));
    SHOW(symlink("loop", "loop"));
    SHOW(open("loop", O_RDONLY));
    SHOW(symlink("dangling-target", "dangling"));
    SHOW(open("dangling", O_RDONLY));
    SHOW(open("dangling", O_WRONLY | O_CREAT | O_EXCL, 0600));
    SHOW(fd = open("dangling", O_WRONLY | O_CREAT, 0600));
    close(fd);
    SHOW(access("dangling-target", F_OK));
    SHOW(open("", O_RDONLY));
    fd = MUST(open("new", O_WRONLY));
    SHOW(write(fd, "content", 7));
    close(fd);
    fd = MUST(open("new", O_RDWR | O_TRUNC));
    SHOW(lseek(fd, 0, SEEK_END));
    return 0;
}
