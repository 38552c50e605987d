/*
 * Two programs append to one file and map it: all records of both are there.
 *
 * roles: one two
 */
#include "echo.h"
#include <sys/mman.h>

enum {
    RECORDS = 200,
    SIZE = 32
};

int main(int argc, char **argv)
{
    bool one = is_role(argc, argv, "one");
    int fd = MUST(open("shared", O_RDWR | O_CREAT | O_APPEND, 0600));
    char record[SIZE], *map;
    int mine = 0;

    memset(record, one ? '1' : '2', SIZE);
    for (int i = 0; i < RECORDS; i++)
        CHECK(write(fd, record, SIZE) == SIZE);
    while (lseek(fd, 0, SEEK_END) < 2 * RECORDS * SIZE)
        sleep_ms(1);
    map = mmap(NULL, 2 * RECORDS * SIZE, PROT_READ, MAP_SHARED, fd, 0);
    CHECK(map != MAP_FAILED);
    for (int i = 0; i < 2 * RECORDS; i++) {
        for (int k = 1; k < SIZE; k++)
            CHECK(map[i * SIZE + k] == map[i * SIZE]);
        mine += map[i * SIZE] == record[0];
    }
    SAY("mine %d of %ld", mine, (long)lseek(fd, 0, SEEK_END) / SIZE);
    return 0;
}
