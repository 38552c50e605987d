/* What was sent before an orderly close arrives whole, and then the end. */
#include "net.h"

int main(void)
{
    static char data[200000], back[200000];
    int pair[2];

    tcp_pair(pair);
    memset(data, 'd', sizeof(data));
    set_nonblocking(pair[0], true);
    for (size_t done = 0; done < 100000;) {
        ssize_t n = write(pair[0], data, 10000);

        if (n < 0)
            break;
        done += n;
    }
    SHOW(close(pair[0]));
    SHOW(read_all(pair[1], back, sizeof(back)) == 100000);
    CHECK(memcmp(data, back, 100000) == 0);
    SHOW(read(pair[1], back, 1));
    return 0;
}
