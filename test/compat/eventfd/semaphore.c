/* EFD_SEMAPHORE takes one at a time. */
#include "net.h"
#include <sys/eventfd.h>

int main(void)
{
    uint64_t value;
    int fd = MUST(eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK));

    for (int i = 0; i < 3; i++) {
        value = 99;
        SHOW(read(fd, &value, 8));
        SAY("%llu", (unsigned long long)value);
    }
    SHOW(eventfd_write(fd, 1));
    SAY("polls%s", poll_names(fd, POLLIN, 0));
    return 0;
}
