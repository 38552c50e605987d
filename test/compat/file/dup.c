/* Duplicates share offset and status flags, not the close-on-exec flag; dup2 replaces, dup3 refuses
 * itself. */
#include "compat.h"

int main(void)
{
    char c;
    int fd = file_with("f", "0123456789");
    int copy, other;

    SHOW(copy = dup(fd));
    SHOW(read(fd, &c, 1));
    SHOW(read(copy, &c, 1));
    SAY("read %c", c);
    SHOW(fcntl(fd, F_GETFD));
    SHOW(fcntl(copy, F_GETFD));
    SHOW(fcntl(fd, F_SETFL, O_APPEND));
    SHOW(!!(fcntl(copy, F_GETFL) & O_APPEND));
    SHOW(dup2(fd, 42));
    SHOW(dup2(fd, fd));
    SHOW(dup2(77, 77));
    SHOW(dup2(77, 42));
    SHOW(lseek(42, 0, SEEK_CUR));
    SHOW(dup2(fd, -1));
    SHOW(dup3(fd, fd, 0));
    SHOW(dup3(fd, 43, O_CLOEXEC));
    SHOW(fcntl(43, F_GETFD));
    SHOW(dup3(fd, 44, O_NONBLOCK));
    other = file_with("g", "other");
    SHOW(dup2(other, 43));
    SHOW(read(43, &c, 1));
    SAY("read %c", c);
    SHOW(fcntl(43, F_GETFD));
    SHOW(close(fd));
    SHOW(read(copy, &c, 1));
    SAY("read %c", c);
    SHOW(close(42));
    SHOW(close(42));
    return 0;
}
