/* What poll says of both ends: empty, filled, full, without writer, without reader. */
#include "net.h"

int main(void)
{
    static char block[64 << 10];
    int ends[2];

    MUST(pipe(ends));
    SAY("empty:%s |%s", poll_names(ends[0], POLL_ALL, 0), poll_names(ends[1], POLL_ALL, 0));
    MUST(write(ends[1], "x", 1));
    SAY("filled:%s", poll_names(ends[0], POLL_ALL, 0));
    set_nonblocking(ends[1], true);
    while (write(ends[1], block, 4096) > 0)
        ;
    SAY("full:%s", poll_names(ends[1], POLL_ALL, 0));
    MUST(read(ends[0], block, sizeof(block)));
    SAY("emptied:%s", poll_names(ends[1], POLL_ALL, 0));
    MUST(write(ends[1], "x", 1));
    MUST(close(ends[1]));
    SAY("no writer, data:%s", poll_names(ends[0], POLL_ALL, 0));
    MUST(read(ends[0], block, 1));
    SAY("no writer:%s", poll_names(ends[0], POLL_ALL, 0));
    SAY("no writer, none asked:%s", poll_names(ends[0], 0, 0));
    MUST(pipe(ends));
    MUST(close(ends[0]));
    SAY("no reader:%s", poll_names(ends[1], POLL_ALL, 0));
    return 0;
}
