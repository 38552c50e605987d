/* fcntl(2): descriptor flags, status flags, the lowest free descriptor from a floor. */
#include "compat.h"

int main(void)
{
    int fd = file_with("f", "x");

    SHOW(fcntl(fd, F_DUPFD, 0));
    SHOW(fcntl(fd, F_DUPFD, 100));
    SHOW(fcntl(fd, F_DUPFD, 100));
    SHOW(fcntl(fd, F_DUPFD_CLOEXEC, 100));
    SHOW(fcntl(102, F_GETFD));
    SHOW(fcntl(102, F_SETFD, 0));
    SHOW(fcntl(102, F_GETFD));
    SHOW(fcntl(101, F_SETFD, FD_CLOEXEC));
    SHOW(fcntl(101, F_GETFD));
    SHOW(fcntl(fd, F_DUPFD, -1));
    SHOW(fcntl(fd, F_GETFL) & O_ACCMODE);
    SHOW(fcntl(fd, F_SETFL, O_RDONLY | O_NONBLOCK | O_APPEND | O_CREAT));
    SHOW(fcntl(fd, F_GETFL) & (O_ACCMODE | O_NONBLOCK | O_APPEND | O_CREAT));
    SHOW(fcntl(fd, F_SETFL, 0));
    SHOW(fcntl(fd, F_GETFL) & (O_ACCMODE | O_NONBLOCK | O_APPEND));
    SHOW(fcntl(fd, 9999, 0));
    SHOW(fcntl(999, F_GETFD));
    return 0;
}
