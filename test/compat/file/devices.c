/* The usual devices of /dev behave as themselves. */
#include "compat.h"
#include <sys/ioctl.h>
#include <termios.h>

int main(void)
{
    char buf[64];
    struct winsize ws;
    int null = MUST(open("/dev/null", O_RDWR));
    int zero = MUST(open("/dev/zero", O_RDWR));
    int full = MUST(open("/dev/full", O_RDWR));
    int rnd = MUST(open("/dev/urandom", O_RDONLY));
    int file = file_with("f", "0123456789");
    int n;

    SHOW(read(null, buf, sizeof(buf)));
    SHOW(write(null, buf, sizeof(buf)));
    memset(buf, 1, sizeof(buf));
    SHOW(read(zero, buf, sizeof(buf)));
    SAY("%d %d", buf[0], buf[63]);
    SHOW(write(full, buf, 1));
    SHOW(read(rnd, buf, sizeof(buf)));
    SHOW(isatty(null));
    SHOW(ioctl(file, TIOCGWINSZ, &ws));
    SHOW(ioctl(file, FIONREAD, &n));
    SAY("%d", n);
    SHOW(ioctl(file, 0x12345678, &n));
    SHOW(ioctl(99, FIONREAD, &n));
    return 0;
}
