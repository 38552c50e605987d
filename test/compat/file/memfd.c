/* memfd_create(2) and its seals. */
#include "compat.h"
#include <sys/mman.h>

int main(void)
{
    int fd, plain;

    SHOW(fd = memfd_create("sealed", MFD_ALLOW_SEALING));
    SHOW(plain = memfd_create("plain", 0));
    SHOW(write(fd, "0123456789", 10));
    SHOW(fcntl(fd, F_GET_SEALS));
    SHOW(fcntl(plain, F_ADD_SEALS, F_SEAL_SHRINK));
    SHOW(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW));
    SHOW(ftruncate(fd, 5));
    SHOW(ftruncate(fd, 50));
    SHOW(pwrite(fd, "x", 1, 20));
    SHOW(pwrite(fd, "x", 1, 2));
    SHOW(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SEAL));
    SHOW(pwrite(fd, "x", 1, 2));
    SHOW(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
    SHOW_PTR(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    SHOW_PTR(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0));
    SHOW(memfd_create("x", 0x8000));
    return 0;
}
