/* O_APPEND writes at the end of the file, wherever the offset stands. */
#include "compat.h"

int main(void)
{
    char buf[32] = "";
    int first = file_with("f", "start");
    int second = MUST(open("f", O_RDWR | O_APPEND));
    int third = MUST(open("f", O_WRONLY | O_APPEND));

    SHOW(write(second, "-2", 2));
    SHOW(write(third, "-3", 2));
    SHOW(write(second, "-2", 2));
    SHOW(lseek(second, 0, SEEK_SET));
    SHOW(write(second, "-end", 4));
    SHOW(lseek(second, 0, SEEK_CUR));
    SHOW(pwrite(second, "-p", 2, 0));
    SHOW(read(first, buf, sizeof(buf)));
    SAY("%s", buf);
    return 0;
}
