/* SA_RESTART: what has no time limit of its own goes on after the handler, until it is done. */
#include "compat.h"
#include <linux/futex.h>
#include <netinet/in.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>

static struct sockaddr_un unix_name = {.sun_family = AF_UNIX, .sun_path = "full"};
static volatile int rings, word, round_now;
static int ends[2], unix_listener, lock_fd, event_fd, full[2];
static char big[1 << 16];

/* The third ring of a round does what ends its wait. */
static void on_alarm(int sig)
{
    uint64_t one = 1;

    (void)sig;
    if (++rings != 3)
        return;
    switch (round_now) {
    case 0:
        MUST(read(full[0], big, sizeof(big)));
        break;
    case 1:
        MUST(accept(unix_listener, NULL, NULL));
        break;
    case 2:
        MUST(flock(lock_fd, LOCK_UN));
        break;
    case 3:
        MUST(open("fifo", O_RDWR | O_NONBLOCK));
        break;
    case 4:
        word = 1;
        syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
        break;
    case 5:
        MUST(write(event_fd, &one, sizeof(one)));
        break;
    }
}

static void done(const char *what, long ret)
{
    SAY("%s: %s, %s", what, ret == -1 ? err_name(errno) : "done",
        rings >= 3 ? "after the third" : "before the third");
}

#define ROUND(number, call) \
    (round_now = (number), rings = 0, errno = 0, done(#call, (call)), rings = 3)

/* A wait whose thread is woken by a handler on that very thread goes on, and finds the new word. */
static long wait_word(void)
{
    long ret = syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);

    return ret == -1 && errno == EAGAIN ? 0 : ret;
}

int main(void)
{
    struct itimerval every = {{0, 10000}, {0, 10000}};
    uint64_t value;
    int client, same;

    MUST(pipe(ends));
    MUST(pipe(full));
    MUST(fcntl(full[1], F_SETFL, O_NONBLOCK));
    while (write(full[1], big, sizeof(big)) > 0)
        ;
    MUST(fcntl(full[1], F_SETFL, 0));
    event_fd = MUST(eventfd(0, 0));
    unix_listener = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
    MUST(bind(unix_listener, (void *)&unix_name, sizeof(unix_name)));
    MUST(listen(unix_listener, 0));
    client = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
    MUST(connect(client, (void *)&unix_name, sizeof(unix_name)));
    client = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
    lock_fd = MUST(open("lock", O_RDWR | O_CREAT, 0600));
    same = MUST(open("lock", O_RDWR | O_CREAT, 0600));
    MUST(flock(lock_fd, LOCK_EX));
    MUST(mkfifo("fifo", 0600));
    rings = 3;
    on_signal(SIGALRM, on_alarm, SA_RESTART);
    MUST(setitimer(ITIMER_REAL, &every, NULL));
    ROUND(0, write(full[1], big, 1));
    ROUND(1, connect(client, (void *)&unix_name, sizeof(unix_name)));
    ROUND(2, flock(same, LOCK_EX));
    ROUND(3, open("fifo", O_RDONLY));
    ROUND(4, wait_word());
    ROUND(5, read(event_fd, &value, sizeof(value)));
    return 0;
}
