/* pread and pwrite leave the offset alone; preadv and pwritev likewise; a pipe has no offset. */
#include "compat.h"
#include <sys/uio.h>

int main(void)
{
    char a[4] = "", b[8] = "";
    struct iovec in[] = {{a, 3}, {b, 5}};
    struct iovec out[] = {{"XY", 2}, {"", 0}, {"Z", 1}};
    int fd = file_with("f", "0123456789");
    int ends[2];

    SHOW(pread(fd, a, 3, 5));
    SAY("%.3s", a);
    SHOW(pwrite(fd, "--", 2, 9));
    SHOW(lseek(fd, 0, SEEK_CUR));
    SHOW(preadv(fd, in, 2, 2));
    SAY("%.3s %.5s", a, b);
    SHOW(pwritev(fd, out, 3, 0));
    SHOW(pread(fd, a, 1, -1));
    SHOW(pread(fd, a, 1, 1000));
    SHOW(read(fd, b, 4));
    SAY("%.4s", b);
    MUST(pipe(ends));
    SHOW(pread(ends[0], a, 1, 0));
    SHOW(pwrite(ends[1], a, 1, 0));
    SHOW(lseek(ends[0], 0, SEEK_CUR));
    return 0;
}
