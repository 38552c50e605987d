/*
 * Offsets move with read and write; holes read as zeros.
 *
 * variants: all
 */
#include "compat.h"

int main(void)
{
    char buf[16] = "";
    int fd = file_with("f", "0123456789");

    SHOW(read(fd, buf, 4));
    SAY("%.4s", buf);
    SHOW(lseek(fd, 0, SEEK_CUR));
    SHOW(write(fd, "ab", 2));
    SHOW(lseek(fd, -3, SEEK_END));
    SHOW(read(fd, buf, sizeof(buf)));
    SAY("%.3s", buf);
    SHOW(read(fd, buf, sizeof(buf)));
    SHOW(read(fd, buf, 0));
    SHOW(lseek(fd, -1, SEEK_SET));
    SHOW(lseek(fd, 0, 99));
    SHOW(lseek(fd, 100, SEEK_SET));
    SHOW(read(fd, buf, 1));
    SHOW(write(fd, "z", 1));
    SHOW(lseek(fd, 98, SEEK_SET));
    SHOW(read(fd, buf, 3));
    SAY("%d %d %c", buf[0], buf[1], buf[2]);
    SHOW(lseek(fd, 0, SEEK_SET));
    SHOW(read(fd, buf, 10));
    SAY("%.10s", buf);
    return 0;
}
