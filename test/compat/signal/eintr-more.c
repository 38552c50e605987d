/*
 * Calls that a handler ends with EINTR: without SA_RESTART all, with it those that have a time
 * limit of their own, and sigtimedwait.
 */
#include "compat.h"
#include <linux/futex.h>
#include <netinet/in.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>

static const struct timespec long_time = {100, 0};
static int ends[2], pair[2], listener, udp, unix_client, lock_fd;
static struct sockaddr_un unix_name = {.sun_family = AF_UNIX, .sun_path = "full"};
static char big[1 << 20];

static void on_alarm(int sig)
{
    (void)sig;
}

static void unlimited(int fd)
{
    struct timeval none = {0, 0};

    MUST(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &none, sizeof(none)));
    MUST(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &none, sizeof(none)));
}

static void limited(int fd)
{
    struct timeval limit = {100, 0};

    MUST(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)));
    MUST(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)));
}

/* These end with EINTR whatever the handler's flags. */
static void with_limits(void)
{
    struct timespec until, left = {0, 0};
    struct epoll_event event;
    sigset_t set;
    sem_t sem;
    int word = 0, epoll_fd = MUST(epoll_create1(0));
    char c;

    limited(pair[0]);
    limited(listener);
    limited(udp);
    SHOW(recv(pair[0], &c, 1, 0));
    SHOW(read(pair[0], &c, 1));
    SHOW(accept(listener, NULL, NULL));
    SHOW(recv(udp, &c, 1, 0));
    while (send(pair[0], big, sizeof(big), MSG_DONTWAIT) > 0)
        ;
    SHOW(send(pair[0], big, sizeof(big), 0));
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    SHOW(sigwaitinfo(&set, NULL));
    SHOW(sigtimedwait(&set, NULL, &long_time));
    SHOW(sigsuspend(&(sigset_t){0}));
    sem_init(&sem, 0, 0);
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 100;
    SHOW(sem_timedwait(&sem, &until));
    SHOW(syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, &long_time, NULL, 0));
    SHOW(nanosleep(&long_time, &left));
    SHOW(left.tv_sec == 99);
    left = (struct timespec){0, 0};
    SHOW_ERR(clock_nanosleep(CLOCK_MONOTONIC, 0, &long_time, &left));
    SHOW(left.tv_sec == 99);
    left = (struct timespec){7, 7};
    SHOW_ERR(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &until, &left));
    SAY("left untouched %ld %ld", (long)left.tv_sec, left.tv_nsec);
    SHOW(epoll_wait(epoll_fd, &event, 1, 100000));
    SHOW(close(epoll_fd));
    unlimited(pair[0]);
    unlimited(listener);
    unlimited(udp);
}

static void without_limits(void)
{
    struct flock whole = {.l_type = F_WRLCK};
    char c;
    int word = 0, other, same = MUST(open("lock", O_RDWR | O_CREAT, 0600));

    SHOW(recv(udp, &c, 1, 0));
    SHOW(send(pair[0], big, sizeof(big), 0));
    MUST(fcntl(ends[1], F_SETFL, O_NONBLOCK));
    while (write(ends[1], big, sizeof(big)) > 0)
        ;
    MUST(fcntl(ends[1], F_SETFL, 0));
    SHOW(write(ends[1], big, 1));
    SHOW(connect(unix_client, (void *)&unix_name, sizeof(unix_name)));
    MUST(flock(lock_fd, LOCK_EX));
    SHOW(flock(same, LOCK_EX));
    MUST(fcntl(lock_fd, F_OFD_SETLK, &whole));
    other = MUST(open("lock", O_RDWR));
    SHOW(fcntl(other, F_OFD_SETLKW, &whole));
    SHOW(open("fifo", O_RDONLY));
    SHOW(open("fifo", O_WRONLY));
    SHOW(syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0));
}

int main(void)
{
    struct itimerval every = {{0, 10000}, {0, 10000}};
    int unix_listener = MUST(socket(AF_UNIX, SOCK_STREAM, 0)), extra;

    MUST(pipe(ends));
    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    listener = MUST(socket(AF_INET, SOCK_STREAM, 0));
    MUST(listen(listener, 1));
    udp = MUST(socket(AF_INET, SOCK_DGRAM, 0));
    MUST(bind(udp, (void *)&(struct sockaddr_in){.sin_family = AF_INET}, 16));
    MUST(bind(unix_listener, (void *)&unix_name, sizeof(unix_name)));
    MUST(listen(unix_listener, 0));
    extra = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
    MUST(connect(extra, (void *)&unix_name, sizeof(unix_name)));
    unix_client = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
    lock_fd = MUST(open("lock", O_RDWR | O_CREAT, 0600));
    MUST(mkfifo("fifo", 0600));
    on_signal(SIGALRM, on_alarm, SA_RESTART);
    MUST(setitimer(ITIMER_REAL, &every, NULL));
    with_limits();
    on_signal(SIGALRM, on_alarm, 0);
    with_limits();
    without_limits();
    return 0;
}
