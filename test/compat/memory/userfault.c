/* userfaultfd: missing pages of several threads, copies, zero pages, write protection, what ends a
 * wait. */
#include "compat.h"
#include <linux/userfaultfd.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define PAGE 4096UL
#define THREADS 8

#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY 1
#endif

static int uffd;
static char *area; /* 16 pages, registered */

static void *reader(void *arg)
{
    return (void *)(long)*(volatile char *)arg;
}

static void *writer(void *arg)
{
    *(volatile char *)arg = 'w';
    return NULL;
}

static struct uffd_msg next_message(void)
{
    struct uffd_msg message;

    MUST(read(uffd, &message, sizeof(message)) == sizeof(message) ? 0 : -1);
    return message;
}

static int copy(char *to, char value)
{
    char from[PAGE] __attribute__((aligned(PAGE)));
    struct uffdio_copy ask = {.dst = (unsigned long)to, .src = (unsigned long)from, .len = PAGE};

    memset(from, value, PAGE);
    return ioctl(uffd, UFFDIO_COPY, &ask);
}

static int zero(char *to)
{
    struct uffdio_zeropage ask = {.range = {(unsigned long)to, PAGE}};

    return ioctl(uffd, UFFDIO_ZEROPAGE, &ask);
}

static int enlist(char *start, unsigned long pages, unsigned long mode)
{
    struct uffdio_register ask = {.range = {(unsigned long)start, pages * PAGE}, .mode = mode};

    return ioctl(uffd, UFFDIO_REGISTER, &ask);
}

static int protect(char *page, bool on)
{
    struct uffdio_writeprotect ask = {.range = {(unsigned long)page, PAGE},
                                      .mode = on ? UFFDIO_WRITEPROTECT_MODE_WP : 0};

    return ioctl(uffd, UFFDIO_WRITEPROTECT, &ask);
}

static void shake_hands(void)
{
    struct uffdio_api api = {.api = UFFD_API}, wrong = {.api = 1};
    struct uffd_msg message;

    SHOW(syscall(SYS_userfaultfd, 0x10));
    uffd = MUST(syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY));
    SHOW(fcntl(uffd, F_GETFD));
    SHOW(read(uffd, &message, sizeof(message)));
    SHOW(enlist(area, 1, UFFDIO_REGISTER_MODE_MISSING));
    SHOW(ioctl(uffd, UFFDIO_API, &wrong));
    SHOW(ioctl(uffd, UFFDIO_API, (void *)8));
    SHOW(ioctl(uffd, UFFDIO_API, &api));
    SAY("%d", !!(api.ioctls & (1ULL << _UFFDIO_REGISTER)));
    SHOW(ioctl(uffd, UFFDIO_API, &api));
    SHOW(read(uffd, &message, sizeof(message) - 1));
    SHOW(write(uffd, &message, sizeof(message)));
    SHOW(ioctl(uffd, 0x1234, &message));
}

static void registrations(void)
{
    SHOW(enlist(area + 1, 1, UFFDIO_REGISTER_MODE_MISSING));
    SHOW(enlist(area, 0, UFFDIO_REGISTER_MODE_MISSING));
    SHOW(enlist(area, 1, 0));
    SHOW(enlist(area, 1, 64));
    SHOW(copy(area, 'a'));
    SHOW(enlist(area, 16, UFFDIO_REGISTER_MODE_MISSING | UFFDIO_REGISTER_MODE_WP));
    SHOW(copy(area, 'a'));
    SHOW(copy(area, 'b'));
    SAY("%c", area[5]);
    SHOW(zero(area + PAGE));
    SAY("%d", area[PAGE]);
}

/* Each thread faults at its own page; they are resolved in the order of their pages. */
static void several_threads(void)
{
    pthread_t threads[THREADS];
    bool told[THREADS] = {false};
    void *value;

    for (int i = 0; i < THREADS; i++)
        threads[i] = start_thread(reader, area + (2 + i) * PAGE + 7);
    for (int i = 0; i < THREADS; i++) {
        struct uffd_msg message = next_message();
        unsigned long page = (message.arg.pagefault.address - (unsigned long)area) / PAGE;

        CHECK(message.event == UFFD_EVENT_PAGEFAULT && page >= 2 && page < 2 + THREADS);
        CHECK(!message.arg.pagefault.flags && !(message.arg.pagefault.address % PAGE));
        told[page - 2] = true;
    }
    for (int i = 0; i < THREADS; i++) {
        SAY("told %d", told[i]);
        SHOW(copy(area + (2 + i) * PAGE, (char)('A' + i)));
        pthread_join(threads[i], &value);
        SAY("read %c", (char)(long)value);
    }
}

static void writes(void)
{
    pthread_t thread = start_thread(writer, area + 10 * PAGE);
    struct uffd_msg message = next_message();

    SAY("flags %#llx", (unsigned long long)message.arg.pagefault.flags);
    SHOW(zero(area + 10 * PAGE));
    join_thread(thread);
    SAY("%c", area[10 * PAGE]);
    SHOW(protect(area + 10 * PAGE, true));
    SAY("%c", area[10 * PAGE]);
    thread = start_thread(writer, area + 10 * PAGE + 1);
    message = next_message();
    SAY("flags %#llx", (unsigned long long)message.arg.pagefault.flags);
    SHOW(protect(area + 10 * PAGE, false));
    join_thread(thread);
    SAY("%c", area[10 * PAGE + 1]);
}

static void readiness(void)
{
    struct pollfd fd = {.fd = uffd, .events = POLLIN};
    struct uffd_msg message;
    pthread_t thread;

    SHOW(poll(&fd, 1, 0));
    SAY("%#x", (unsigned)fd.revents);
    SHOW(fcntl(uffd, F_SETFL, O_NONBLOCK));
    SHOW(poll(&fd, 1, 0));
    SHOW(read(uffd, &message, sizeof(message)));
    thread = start_thread(reader, area + 11 * PAGE);
    SHOW(poll(&fd, 1, -1));
    SAY("%#x", (unsigned)fd.revents);
    message = next_message();
    SHOW(zero((char *)(unsigned long)message.arg.pagefault.address));
    join_thread(thread);
    SHOW(fcntl(uffd, F_SETFL, 0));
}

/* What is registered no more faults like other memory, also for who waits already. */
static void ends(void)
{
    struct uffdio_range range = {(unsigned long)area + 12 * PAGE, PAGE};
    pthread_t thread = start_thread(reader, area + 12 * PAGE);

    next_message();
    SHOW(ioctl(uffd, UFFDIO_UNREGISTER, &range));
    join_thread(thread);
    SAY("%d", area[12 * PAGE]);
    SHOW(madvise(area + 2 * PAGE, PAGE, MADV_DONTNEED));
    thread = start_thread(reader, area + 2 * PAGE);
    next_message();
    SHOW(close(uffd));
    join_thread(thread);
    SAY("%d", area[2 * PAGE]);
    SAY("%d", area[15 * PAGE]);
}

static void in_a_child(void)
{
    pid_t child = MUST(fork());
    int status;

    if (!child)
        _exit(area[14 * PAGE] ? 1 : 5);
    MUST(waitpid(child, &status, 0));
    SAY("child %#x", (unsigned)status);
}

int main(void)
{
    area = mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    shake_hands();
    registrations();
    several_threads();
    writes();
    readiness();
    in_a_child();
    ends();
    return 0;
}
