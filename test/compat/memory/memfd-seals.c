/* Seals of a memfd forbid what they name, once and for all. */
#include "compat.h"
#include <sys/mman.h>

enum {
    PAGE = 4096,
    RW = PROT_READ | PROT_WRITE
};

int main(void)
{
    int fd = SHOW(memfd_create("sealed", MFD_CLOEXEC | MFD_ALLOW_SEALING)) >= 0 ? 3 : -1;
    int plain = MUST(memfd_create("plain", 0));
    char *map;

    CHECK(fd == 3);
    MUST(ftruncate(fd, PAGE));
    SHOW(fcntl(fd, F_GET_SEALS));
    SHOW(fcntl(plain, F_GET_SEALS));
    SHOW(fcntl(plain, F_ADD_SEALS, F_SEAL_GROW));
    map = mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0);
    strcpy(map, "sealed");
    SHOW(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
    SHOW(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK));
    SHOW(ftruncate(fd, 2 * PAGE));
    SHOW(ftruncate(fd, 0));
    MUST(munmap(map, PAGE));
    SHOW(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
    SHOW(write(fd, "x", 1));
    SHOW_PTR(mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0));
    map = SHOW_PTR(mmap(NULL, PAGE, RW, MAP_PRIVATE, fd, 0));
    SAY("%s", map);
    SHOW(fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL));
    SHOW(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW));
    SHOW(fcntl(fd, F_GET_SEALS));
    SHOW(memfd_create("x", 0x100000));
    SHOW(memfd_create((char *)8, 0));
    return 0;
}
