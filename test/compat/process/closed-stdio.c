/* Closing and replacing the standard descriptors. */
#include "compat.h"

int main(void)
{
    char buf[32] = "";
    int saved = MUST(dup(1));
    int file = file_with("out", "");

    SHOW(dup2(file, 1));
    printf("into the file\n");
    fflush(stdout);
    MUST(dup2(saved, 1));
    SHOW(pread(file, buf, sizeof(buf), 0) > 0);
    SAY("%.13s", strchr(buf, 'i'));
    SHOW(close(0));
    SHOW(read(0, buf, 1));
    SHOW(close(2));
    SHOW(write(2, "x", 1));
    return 0;
}
