/* Handlers make calls of their own, blocking ones too, without spoiling the interrupted call. */
#include "compat.h"
#include <sys/time.h>

static int inner[2], outer[2];
static volatile int rings;

static void on_alarm(int sig)
{
    struct timespec brief = {0, 1000000};
    char c = 'i';

    (void)sig;
    write(inner[1], &c, 1);
    c = 0;
    read(inner[0], &c, 1);
    nanosleep(&brief, NULL);
    if (c == 'i' && ++rings == 5)
        write(outer[1], "done", 4);
    errno = 0;
}

int main(void)
{
    struct itimerval every = {{0, 5000}, {0, 5000}};
    char buf[8] = "";

    MUST(pipe(inner));
    MUST(pipe(outer));
    on_signal(SIGALRM, on_alarm, SA_RESTART);
    MUST(setitimer(ITIMER_REAL, &every, NULL));
    SHOW(read(outer[0], buf, sizeof(buf)));
    SAY("%s after %s rings", buf, rings >= 5 ? "five" : "fewer");
    return 0;
}
