/* eventfd(2): adds and takes the whole; limits; wrong sizes. */
#include "net.h"
#include <sys/eventfd.h>

int main(void)
{
    uint64_t value = 0;
    char big[16];
    int fd = MUST(eventfd(5, EFD_NONBLOCK));

    SHOW(read(fd, &value, 8));
    SAY("%llu", (unsigned long long)value);
    SHOW(read(fd, &value, 8));
    value = 3;
    SHOW(write(fd, &value, 8));
    SHOW(write(fd, &value, 8));
    SHOW(read(fd, big, sizeof(big)));
    memcpy(&value, big, 8);
    SAY("%llu", (unsigned long long)value);
    SHOW(write(fd, &value, 7));
    SHOW(read(fd, &value, 7));
    value = UINT64_MAX;
    SHOW(write(fd, &value, 8));
    value = 0;
    SHOW(write(fd, &value, 8));
    SAY("zero written:%s", poll_names(fd, POLL_ALL, 0));
    value = UINT64_MAX - 1;
    SHOW(write(fd, &value, 8));
    SAY("full:%s", poll_names(fd, POLL_ALL, 0));
    value = 1;
    SHOW(write(fd, &value, 8));
    SHOW(read(fd, &value, 8));
    SAY("%llx", (unsigned long long)value);
    SAY("empty:%s", poll_names(fd, POLL_ALL, 0));
    SHOW(eventfd(0, 0x10));
    SHOW(lseek(fd, 0, SEEK_SET));
    SHOW(read(fd, (void *)8, 8));
    SHOW(write(fd, (void *)8, 8));
    return 0;
}
