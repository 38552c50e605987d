/* The kinds of work: every structure of the arena that several processes change. */
#include "deaths.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>

enum {
    ROUNDS = 12,
    RECORD = 512,
};

int victim_lives[2];
static int fds[2], listener;
static struct sockaddr_storage address;
static socklen_t address_length;
static uint32_t *word;

static void close_two(void)
{
    close(fds[0]);
    close(fds[1]);
}

static uint8_t byte_at(size_t n)
{
    return (uint8_t)(n * 31 + n / 251);
}

/* Sizes that take small, medium and large chunks, and several. */
static size_t size_of(int round)
{
    static const size_t sizes[] = {1, 3000, 64, 70000, 500, 20000};

    return sizes[round % ARRAY_SIZE(sizes)];
}

/* Writes a part of the stream; false when nobody reads any more. */
static bool write_part(int fd, size_t *at, size_t len)
{
    static uint8_t buf[70000];
    size_t done = 0;

    for (size_t i = 0; i < len; i++)
        buf[i] = byte_at(*at + i);
    while (done < len) {
        ssize_t n = write(fd, buf + done, len - done);

        if (n < 0 && (errno == EPIPE || errno == ECONNRESET))
            return false;
        CHECK(n > 0);
        done += (size_t)n;
    }
    *at += len;
    return true;
}

/* Reads what there is; false at the end. */
static bool read_part(int fd, size_t *at)
{
    uint8_t buf[9000];
    ssize_t n = read(fd, buf, 1 + *at % sizeof(buf));

    if (n == 0 || (n < 0 && (errno == ECONNRESET || errno == EAGAIN)))
        return false;
    CHECK(n > 0);
    for (ssize_t i = 0; i < n; i++)
        CHECK(buf[i] == byte_at(*at + (size_t)i));
    *at += (size_t)n;
    return true;
}

static void write_stream(int fd)
{
    size_t at = 0;

    for (int round = 0; round < ROUNDS && write_part(fd, &at, size_of(round)); round++)
        ;
}

static void read_stream(int fd)
{
    size_t at = 0;

    while (read_part(fd, &at))
        ;
}

/* ---- a pipe ---- */

static void make_pipe(void)
{
    CHECK(!pipe(fds));
}

static void pipe_write(void)
{
    close(fds[0]);
    write_stream(fds[1]);
}

static void pipe_read(void)
{
    close(fds[1]);
    read_stream(fds[0]);
}

/* ---- both ways through a socket, by epoll ---- */

static void make_sockets(void)
{
    CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
}

static void echo(void)
{
    int epoll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN};
    char buf[300];

    close(fds[0]);
    CHECK(epoll >= 0 && !epoll_ctl(epoll, EPOLL_CTL_ADD, fds[1], &event));
    for (int round = 0; round < ROUNDS; round++) {
        ssize_t n;

        CHECK(epoll_wait(epoll, &event, 1, -1) == 1);
        n = read(fds[1], buf, sizeof(buf));
        if (n <= 0 || write(fds[1], buf, (size_t)n) != n)
            break;
        if (round == ROUNDS / 2)
            CHECK(!epoll_ctl(epoll, EPOLL_CTL_DEL, fds[1], NULL) &&
                  !epoll_ctl(epoll, EPOLL_CTL_ADD, fds[1], &event));
    }
}

static void ask(void)
{
    uint8_t out[200], in[200];

    close(fds[1]);
    for (size_t at = 0;; at += sizeof(out)) {
        ssize_t n;

        for (size_t i = 0; i < sizeof(out); i++)
            out[i] = byte_at(at + i);
        if (write(fds[0], out, sizeof(out)) != sizeof(out))
            return;
        n = read(fds[0], in, sizeof(in));
        if (n <= 0)
            return;
        CHECK(n == sizeof(in) && !memcmp(in, out, sizeof(in)));
    }
}

/* ---- records of two writers to two readers ---- */

static void write_records(void)
{
    uint8_t record[RECORD];

    close(fds[0]);
    for (int round = 0; round < 3 * ROUNDS; round++) {
        memset(record, 'a' + round % 26, sizeof(record));
        if (write(fds[1], record, sizeof(record)) < 0)
            return;
    }
}

static void read_records(void)
{
    uint8_t record[RECORD];
    ssize_t n;

    close(fds[1]);
    while ((n = read(fds[0], record, sizeof(record))) > 0) {
        CHECK(n == RECORD);
        for (int i = 1; i < RECORD; i++)
            CHECK(record[i] == record[0]);
    }
    CHECK(!n);
}

/* ---- connections ---- */

static void make_listener(int family)
{
    listener = socket(family, SOCK_STREAM | SOCK_NONBLOCK, 0);
    CHECK(listener >= 0 && !bind(listener, (struct sockaddr *)&address, address_length));
    CHECK(!listen(listener, 2));
    address_length = sizeof(address);
    CHECK(!getsockname(listener, (struct sockaddr *)&address, &address_length));
}

static void make_tcp_listener(void)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    memcpy(&address, &in, sizeof(in));
    address_length = sizeof(in);
    make_listener(AF_INET);
}

static void make_unix_listener(void)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};

    snprintf(un.sun_path + 1, sizeof(un.sun_path) - 1, "deaths.%d", getpid());
    memcpy(&address, &un, sizeof(un));
    address_length =
        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(un.sun_path + 1));
    make_listener(AF_UNIX);
}

static void close_listener(void)
{
    close(listener);
}

static void accept_some(void)
{
    for (int round = 0; round < 4; round++) {
        struct pollfd polled = {.fd = listener, .events = POLLIN};
        size_t at = 0;
        int fd;

        do {
            CHECK(poll(&polled, 1, -1) > 0);
            fd = accept(listener, NULL, NULL);
        } while (fd < 0 && errno == EAGAIN);
        CHECK(fd >= 0);
        write_part(fd, &at, size_of(round));
        close(fd);
    }
}

/*
 * When ours has gone, the host's listener may still be there: what it began to accept in its last
 * moment may hear of its end never, so waits on TCP are limited.
 */
static bool connect_once(void)
{
    const struct timeval limit = {.tv_sec = 1};
    int fd = socket(address.ss_family, SOCK_STREAM, 0);
    bool ok = !connect(fd, (struct sockaddr *)&address, address_length);

    CHECK(ok || errno == ECONNREFUSED || errno == ECONNRESET);
    if (address.ss_family == AF_INET)
        CHECK(!setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)));
    if (ok)
        read_stream(fd);
    close(fd);
    return ok;
}

static void connect_until_refused(void)
{
    close(listener);
    while (connect_once())
        ;
}

static void connect_some(void)
{
    close(listener);
    for (int round = 0; round < 4; round++)
        connect_once();
}

static void connect_while_it_lives(void)
{
    struct pollfd polled = {.fd = victim_lives[0], .events = POLLIN};

    close(listener);
    while (!poll(&polled, 1, 0))
        connect_once();
}

/* Serves whoever comes, until the victim is gone and nobody is left in the queue. */
static void serve(void)
{
    struct pollfd polled[2] = {{.fd = listener, .events = POLLIN},
                               {.fd = victim_lives[0], .events = POLLIN}};

    for (int round = 0;; round++) {
        size_t at = 0;
        int fd;

        CHECK(poll(polled, 2, -1) > 0);
        if (!(polled[0].revents & POLLIN))
            return;
        fd = accept(listener, NULL, NULL);
        if (fd < 0 && errno == EAGAIN) /* somebody else was faster */
            continue;
        CHECK(fd >= 0);
        write_part(fd, &at, size_of(round));
        close(fd);
    }
}

/* ---- descriptors through a socket ---- */

static void pass(bool sends)
{
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(2 * sizeof(int))];
    } control = {{0}};
    struct iovec iov = {"x", 1};
    struct msghdr msg = {.msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = &control,
                         .msg_controllen = sizeof(control)};
    int passed[2];

    close(fds[sends ? 1 : 0]);
    for (int round = 0; sends && round < 4; round++) {
        CHECK(!pipe(passed));
        control.header.cmsg_level = SOL_SOCKET;
        control.header.cmsg_type = SCM_RIGHTS;
        control.header.cmsg_len = CMSG_LEN(sizeof(passed));
        memcpy(CMSG_DATA(&control.header), passed, sizeof(passed));
        if (sendmsg(fds[0], &msg, 0) != 1)
            return;
        close(passed[0]);
        close(passed[1]);
    }
    for (int round = 0; !sends && round < 1000; round++) {
        char c;

        iov.iov_base = &c;
        msg.msg_controllen = sizeof(control);
        if (recvmsg(fds[1], &msg, 0) <= 0)
            return;
        CHECK(control.header.cmsg_len == CMSG_LEN(sizeof(passed)));
        memcpy(passed, CMSG_DATA(&control.header), sizeof(passed));
        close(passed[1]);
        CHECK(read(passed[0], &c, 1) >= 0);
        close(passed[0]);
    }
}

static void send_descriptors(void)
{
    pass(true);
}

static void receive_descriptors(void)
{
    pass(false);
}

/* ---- futexes ---- */

static void make_word(void)
{
    word = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(word != MAP_FAILED);
}

static void free_word(void)
{
    munmap(word, 4096);
}

/* Each makes the word odd or even in its turn. The victim's partner gives up waiting when it has
 * gone. */
static void take_turns(uint32_t mine, bool for_ever)
{
    const struct timespec while_we_look = {.tv_nsec = 2000000};
    struct pollfd polled = {.fd = victim_lives[0], .events = POLLIN};

    for (int round = 0; for_ever || round < ROUNDS; round++) {
        uint32_t seen;

        while ((seen = __atomic_load_n(word, __ATOMIC_SEQ_CST)) % 2 != mine) {
            syscall(SYS_futex, word, FUTEX_WAIT, seen, for_ever ? &while_we_look : NULL, NULL, 0);
            if (for_ever && poll(&polled, 1, 0))
                return;
        }
        __atomic_store_n(word, seen + 1, __ATOMIC_SEQ_CST);
        syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
    }
}

static void turn_of_victim(void)
{
    take_turns(0, false);
}

static void turn_of_partner(void)
{
    take_turns(1, true);
}

/* ---- descriptors of all kinds come and go ---- */

static void churn(void)
{
    for (int round = 0; round < 3; round++) {
        int two[2], event = eventfd(0, 0), epoll = epoll_create1(0), copy;
        struct epoll_event wanted = {.events = EPOLLIN | EPOLLOUT};

        CHECK(event >= 0 && epoll >= 0 && !pipe(two));
        copy = dup(two[1]);
        CHECK(copy >= 0 && dup2(event, copy) == copy);
        CHECK(!epoll_ctl(epoll, EPOLL_CTL_ADD, event, &wanted));
        CHECK(!epoll_ctl(epoll, EPOLL_CTL_ADD, two[0], &wanted));
        CHECK(epoll_wait(epoll, &wanted, 1, 0) == 1);
        CHECK(write(two[1], "x", 1) == 1);
        for (int fd = 0; fd < 2; fd++)
            close(two[fd]);
        close(copy);
        close(event);
        close(epoll);
    }
}

/* ---- what is held over a wait ---- */

static void pipe_write_slowly(void)
{
    close(fds[0]);
    while (write(fds[1], "0123456789", 10) == 10)
        CHECK(!usleep(100));
}

/* A reference for each descriptor, and memory for the call: all of it in the hand. */
static void *wait_for_many(void *unused)
{
    struct pollfd polled[40];
    struct iovec pieces[40];
    uint8_t buf[ARRAY_SIZE(pieces)];

    for (unsigned i = 0; i < ARRAY_SIZE(polled); i++) {
        polled[i] = (struct pollfd){.fd = fds[0], .events = POLLIN};
        pieces[i] = (struct iovec){&buf[i], 1};
    }
    for (int round = 0; round < 2; round++) {
        CHECK(poll(polled, ARRAY_SIZE(polled), 1) >= 0);
        CHECK(readv(fds[0], pieces, ARRAY_SIZE(pieces)) >= 0);
    }
    return unused;
}

static void wait_in_threads(void)
{
    pthread_t threads[2];

    close(fds[1]);
    for (int i = 0; i < 2; i++)
        CHECK(!pthread_create(&threads[i], NULL, wait_for_many, NULL));
    for (int i = 0; i < 2; i++)
        CHECK(!pthread_join(threads[i], NULL));
}

static void splice_stream(void)
{
    int own[2];
    size_t at = 0;

    close(fds[0]);
    CHECK(!pipe(own));
    for (int round = 0; round < 4; round++) {
        CHECK(write_part(own[1], &at, 3000));
        for (ssize_t left = 3000; left > 0;) {
            ssize_t n = splice(own[0], NULL, fds[1], NULL, (size_t)left, 0);

            if (n < 0 && errno == EPIPE)
                return;
            CHECK(n > 0);
            left -= n;
        }
    }
}

/* ---- children of the victim's ---- */

static void bring_up_children(void)
{
    pid_t victim = getpid();

    close(fds[0]);
    for (int round = 0; round < 2; round++) {
        pid_t pid = fork();
        int status;

        CHECK(pid >= 0);
        if (!pid) {
            CHECK(!prctl(PR_SET_PDEATHSIG, SIGKILL));
            if (getppid() != victim)
                _exit(0);
            CHECK(write(fds[1], "x", 1) <= 1);
            for (;;)
                pause();
        }
        CHECK(!kill(pid, SIGKILL) && waitpid(pid, &status, 0) == pid);
    }
}

static void read_any(void)
{
    char c;

    close(fds[1]);
    while (read(fds[0], &c, 1) == 1)
        ;
}

static void wait_for_victim(void)
{
    char c;

    CHECK(!read(victim_lives[0], &c, 1));
}

static void nothing(void)
{
}

const struct work works[] = {
    {"writes to a pipe", make_pipe, pipe_write, pipe_read, NULL, close_two},
    {"reads from a pipe", make_pipe, pipe_read, pipe_write, NULL, close_two},
    {"writes to a socket", make_sockets, pipe_write, pipe_read, NULL, close_two},
    {"answers by epoll", make_sockets, echo, ask, NULL, close_two},
    {"asks by epoll", make_sockets, ask, echo, NULL, close_two},
    {"writes records beside another", make_pipe, write_records, read_records, write_records,
     close_two},
    {"reads records beside another", make_pipe, read_records, write_records, read_records,
     close_two},
    {"accepts", make_tcp_listener, accept_some, connect_until_refused, connect_some,
     close_listener},
    {"accepts, AF_UNIX", make_unix_listener, accept_some, connect_until_refused, connect_some,
     close_listener},
    {"accepts beside another", make_tcp_listener, accept_some, connect_while_it_lives, serve,
     close_listener},
    {"connects", make_tcp_listener, connect_some, serve, NULL, close_listener},
    {"connects, AF_UNIX", make_unix_listener, connect_some, serve, NULL, close_listener},
    {"sends descriptors", make_sockets, send_descriptors, receive_descriptors, NULL, close_two},
    {"receives descriptors", make_sockets, receive_descriptors, send_descriptors, NULL, close_two},
    {"waits and wakes", make_word, turn_of_victim, turn_of_partner, NULL, free_word},
    {"splices", make_sockets, splice_stream, pipe_read, NULL, close_two},
    {"waits in threads", make_sockets, wait_in_threads, pipe_write_slowly, NULL, close_two},
    {"brings up children", make_pipe, bring_up_children, read_any, NULL, close_two},
    {"opens and closes", nothing, churn, wait_for_victim, NULL, nothing},
};
const unsigned works_count = ARRAY_SIZE(works);
