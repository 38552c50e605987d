/* truncate grows with zeros and shrinks; only what is open for writing may be truncated. */
#include "compat.h"
#include <sys/stat.h>

int main(void)
{
    struct stat st;
    char buf[8];
    int fd = file_with("f", "0123456789");
    int readonly = MUST(open("f", O_RDONLY));

    SHOW(ftruncate(fd, 4));
    MUST(fstat(fd, &st));
    SAY("size %ld", (long)st.st_size);
    SHOW(ftruncate(fd, 8));
    SHOW(read(fd, buf, 8));
    SAY("%.4s %d %d", buf, buf[4], buf[7]);
    SHOW(ftruncate(fd, -1));
    SHOW(ftruncate(readonly, 0));
    SHOW(truncate("f", 1));
    SHOW(truncate("missing", 1));
    SHOW(truncate(".", 1));
    MUST(fstat(fd, &st));
    SAY("size %ld", (long)st.st_size);
    SHOW(lseek(fd, 0, SEEK_CUR));
    return 0;
}
