/* A file without a name lives as long as somebody has it open. */
#include "compat.h"
#include <sys/stat.h>

int main(void)
{
    struct stat st;
    char buf[8] = "";
    int fd = file_with("f", "content");

    SHOW(unlink("f"));
    SHOW(access("f", F_OK));
    SHOW(read(fd, buf, 7));
    SAY("%s", buf);
    SHOW(write(fd, "more", 4));
    MUST(fstat(fd, &st));
    SAY("links %lu size %ld", (unsigned long)st.st_nlink, (long)st.st_size);
    return 0;
}
