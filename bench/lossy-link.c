/*
 * A wire between two interfaces that loses, delays and reorders frames, for not every Linux has
 * netem:
 *
 *   lossy-link END END LOSS REORDER DELAY RATE SEED
 *
 * An END is tap:NAMESPACE/NAME, a TAP interface that is made here, or if:NAMESPACE/NAME, one that
 * is there; the namespace is named as `ip netns` does. Of a million frames, LOSS are lost, each by
 * itself, and REORDER arrive another DELAY late, behind those sent after them. DELAY is one way, in
 * microseconds; RATE is megabits per second, each way. The same SEED loses the same frames of the
 * same traffic. Prints "ready" when frames pass, and ends when it is told to.
 */
#include "figure.h"

#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>

enum {
    FRAME_BYTES = 1 << 11,
    QUEUE_FRAMES = 1 << 10, /* what a router holds, and what the wire does */
    MILLION = 1000000,
};

struct frame {
    int64_t arrives; /* nanoseconds, CLOCK_MONOTONIC */
    size_t length;
    char bytes[FRAME_BYTES];
};

/* One direction: frames on the wire, the first to arrive first. */
struct wire {
    int from, to;
    int64_t free_at; /* when the last frame has left the sender */
    unsigned held;
    struct frame *queue[QUEUE_FRAMES];
    struct frame *spare[QUEUE_FRAMES];
    unsigned nr_spare;
};

static struct {
    uint32_t loss, reorder;
    int64_t delay;
    double ns_per_byte;
    uint64_t random;
} link_is;

static uint32_t draw(void)
{
    link_is.random ^= link_is.random << 13;
    link_is.random ^= link_is.random >> 7;
    link_is.random ^= link_is.random << 17;
    return (uint32_t)((link_is.random >> 16) % MILLION);
}

static int open_tap(const char *name)
{
    struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
    int fd = MUST(open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC));

    strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    MUST(ioctl(fd, TUNSETIFF, &request));
    return fd;
}

static int open_interface(const char *name)
{
    int fd = MUST(socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    struct sockaddr_ll at = {
        .sll_family = AF_PACKET,
        .sll_protocol = htons(ETH_P_ALL),
        .sll_ifindex = (int)if_nametoindex(name),
    };
    struct packet_mreq all = {.mr_ifindex = at.sll_ifindex, .mr_type = PACKET_MR_PROMISC};

    MUST(setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &(int){1}, sizeof(int)));
    MUST(setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof(all)));
    MUST(bind(fd, (struct sockaddr *)&at, sizeof(at)));
    return fd;
}

/* END, as above. */
static int open_end(char *end)
{
    char *namespace = strchr(end, ':') + 1, *name = strchr(end, '/') + 1, path[256];
    int fd;

    name[-1] = '\0';
    snprintf(path, sizeof(path), "/run/netns/%s", namespace);
    fd = MUST(open(path, O_RDONLY | O_CLOEXEC));
    MUST(setns(fd, CLONE_NEWNET));
    close(fd);
    return strncmp(end, "tap:", 4) == 0 ? open_tap(name) : open_interface(name);
}

static struct wire wire_between(int from, int to)
{
    struct wire wire = {.from = from, .to = to, .nr_spare = QUEUE_FRAMES};

    for (unsigned i = 0; i < QUEUE_FRAMES; i++)
        wire.spare[i] = malloc(sizeof(struct frame));
    return wire;
}

/* Behind all that arrive no later. */
static void insert(struct wire *wire, struct frame *frame)
{
    unsigned i = wire->held++;

    for (; i > 0 && wire->queue[i - 1]->arrives > frame->arrives; i--)
        wire->queue[i] = wire->queue[i - 1];
    wire->queue[i] = frame;
}

/* Takes what the sender has, as long as the queue has room: what finds none is lost, as in a
 * router. */
static void take(struct wire *wire, int64_t now)
{
    static char lost[FRAME_BYTES];

    for (;;) {
        struct frame *frame = wire->nr_spare ? wire->spare[wire->nr_spare - 1] : NULL;
        ssize_t length = read(wire->from, frame ? frame->bytes : lost, FRAME_BYTES);

        if (length <= 0)
            return;
        if (!frame || draw() < link_is.loss)
            continue;
        if (wire->free_at < now)
            wire->free_at = now;
        wire->free_at += (int64_t)((double)length * link_is.ns_per_byte);
        frame->length = (size_t)length;
        frame->arrives = wire->free_at + link_is.delay * (1 + (draw() < link_is.reorder));
        wire->nr_spare--;
        insert(wire, frame);
    }
}

static void deliver(struct wire *wire, int64_t now)
{
    unsigned n = 0;

    for (; n < wire->held && wire->queue[n]->arrives <= now; n++) {
        ssize_t ignored = write(wire->to, wire->queue[n]->bytes, wire->queue[n]->length);

        (void)ignored; /* an interface that is down loses frames, too */
        wire->spare[wire->nr_spare++] = wire->queue[n];
    }
    wire->held -= n;
    memmove(wire->queue, wire->queue + n, wire->held * sizeof(*wire->queue));
}

static void forward(struct wire wires[2])
{
    for (;;) {
        struct pollfd polls[] = {{.fd = wires[0].from, .events = POLLIN},
                                 {.fd = wires[1].from, .events = POLLIN}};
        int64_t now = now_ns(), next = now + 1000 * (int64_t)MILLION;
        struct timespec wait;

        for (int i = 0; i < 2; i++)
            if (wires[i].held && wires[i].queue[0]->arrives < next)
                next = wires[i].queue[0]->arrives;
        next = next > now ? next - now : 0;
        wait = (struct timespec){next / 1000000000, next % 1000000000};
        ppoll(polls, 2, &wait, NULL);
        for (int i = 0; i < 2; i++) {
            take(&wires[i], now_ns());
            deliver(&wires[i], now_ns());
        }
    }
}

int main(int argc, char **argv)
{
    static struct wire wires[2];
    int ends[2];

    if (argc != 8)
        return 2;
    link_is.loss = (uint32_t)atol(argv[3]);
    link_is.reorder = (uint32_t)atol(argv[4]);
    link_is.delay = atol(argv[5]) * 1000;
    link_is.ns_per_byte = 8000.0 / atof(argv[6]);
    link_is.random = 0x9e3779b97f4a7c15u ^ (uint64_t)atol(argv[7]) << 20;
    MUST(prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0));
    ends[0] = open_end(argv[1]);
    ends[1] = open_end(argv[2]);
    wires[0] = wire_between(ends[0], ends[1]);
    wires[1] = wire_between(ends[1], ends[0]);
    puts("ready");
    fflush(stdout);
    forward(wires);
}
