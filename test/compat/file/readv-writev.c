/* Vectors: gathered and scattered in order; their count and their total length have limits. */
#include "compat.h"
#include <limits.h>
#include <sys/uio.h>

int main(void)
{
    static struct iovec many[IOV_MAX + 1];
    static char bytes[IOV_MAX + 1];
    char a[3] = "", b[5] = "";
    struct iovec in[] = {{a, 2}, {NULL, 0}, {b, 4}};
    struct iovec huge[] = {{a, SSIZE_MAX}, {b, 1}};
    int fd = file_with("f", "");

    for (int i = 0; i <= IOV_MAX; i++) {
        bytes[i] = 'a' + i % 26;
        many[i] = (struct iovec){&bytes[i], 1};
    }
    SHOW(writev(fd, many, IOV_MAX));
    SHOW(writev(fd, many, IOV_MAX + 1));
    SHOW(readv(fd, many, IOV_MAX + 1));
    SHOW(writev(fd, many, -1));
    SHOW(writev(fd, many, 0));
    SHOW(writev(fd, huge, 2));
    SHOW(lseek(fd, 24, SEEK_SET));
    SHOW(readv(fd, in, 3));
    SAY("%s %s", a, b);
    SHOW(lseek(fd, -3, SEEK_END));
    SHOW(readv(fd, in, 3));
    SHOW(readv(fd, in, 3));
    return 0;
}
