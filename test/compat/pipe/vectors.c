/* Vectors over pipes, with holes and across pages; a bad part stops where it is. */
#include "compat.h"
#include <sys/uio.h>

int main(void)
{
    static char big[3][10000], back[3][10000];
    struct iovec out[] = {{big[0], 9999}, {NULL, 0}, {big[1], 10000}, {big[2], 1}};
    struct iovec in[] = {{back[2], 100}, {back[0], 9899}, {back[1], 10000}, {back[2] + 100, 1}};
    struct iovec bad[] = {{big[0], 10}, {(void *)8, 10}};
    char c;
    int ends[2];

    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 10000; k++)
            big[i][k] = i * 50 + k % 50;
    MUST(pipe2(ends, O_NONBLOCK));
    SHOW(writev(ends[1], out, 4));
    SHOW(readv(ends[0], in, 4));
    CHECK(memcmp(back[2], big[0], 100) == 0 && memcmp(back[0], big[0] + 100, 9899) == 0);
    CHECK(memcmp(back[1], big[1], 10000) == 0 && back[2][100] == big[2][0]);
    SHOW(writev(ends[1], bad + 1, 1));
    SHOW(read(ends[0], &c, 1));
    SHOW(write(ends[1], "x", 1));
    SHOW(readv(ends[0], bad + 1, 1));
    SHOW(read(ends[0], &c, 1));
    return 0;
}
