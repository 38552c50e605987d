/*
 * One program ends at once with its own status; the other works on.
 *
 * roles: worker leaver
 * exit: 3
 */
#include "echo.h"

int main(int argc, char **argv)
{
    int ends[2];
    char c;

    if (is_role(argc, argv, "leaver")) {
        SAY("leaving");
        return 3;
    }
    MUST(pipe(ends));
    for (int i = 0; i < 20; i++) {
        sleep_ms(5);
        MUST(write(ends[1], "x", 1));
        MUST(read(ends[0], &c, 1));
    }
    SAY("done");
    return 0;
}
