/* A pipe in packet mode gives one write to each read. */
#include "compat.h"

int main(void)
{
    char buf[16] = "";
    int ends[2];

    SHOW(pipe2(ends, O_DIRECT));
    SHOW(write(ends[1], "first", 5));
    SHOW(write(ends[1], "second", 6));
    SHOW(read(ends[0], buf, sizeof(buf)));
    SHOW(read(ends[0], buf, 3));
    SAY("%.3s", buf);
    SHOW(write(ends[1], "third", 5));
    SHOW(read(ends[0], buf, sizeof(buf)));
    SAY("%.5s", buf);
    return 0;
}
