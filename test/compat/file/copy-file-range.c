/* copy_file_range(2) between regular files only. */
#include "compat.h"

int main(void)
{
    char buf[16] = "";
    int in = file_with("in", "0123456789");
    int out = file_with("out", "");
    int ends[2];
    off64_t from = 2, to = 1;

    MUST(pipe(ends));
    SHOW(copy_file_range(in, &from, out, &to, 4, 0));
    SAY("%ld %ld", (long)from, (long)to);
    SHOW(copy_file_range(in, NULL, out, NULL, 100, 0));
    SHOW(lseek(out, 0, SEEK_CUR));
    SHOW(pread(out, buf, sizeof(buf), 0));
    SAY("%s", buf);
    SHOW(copy_file_range(in, NULL, ends[1], NULL, 4, 0));
    SHOW(copy_file_range(in, NULL, out, NULL, 4, 1));
    SHOW(copy_file_range(99, NULL, out, NULL, 4, 0));
    return 0;
}
