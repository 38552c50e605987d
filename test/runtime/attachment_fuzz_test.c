// sources: runtime-c/base/*.c runtime-c/base/*.S runtime-c/memory/*.c runtime-c/sched/*.c runtime-c/sched/*.S
// runtime-c/socket/*.c
// flags: -fsanitize=undefined -fno-sanitize-recover=all
/*
 * A hostile process outside: it writes what it likes into the region, while programs go on using
 * the connections that come of it. Nothing may crash, hang, or leave a ring (what a program reads
 * is counted against the ring, and those that nobody uses stay clean), and when the process is
 * gone, so is all that it made. The seed is fixed: what fails once fails again.
 */
#include "check.h"
#include "socket_harness.h"

#include "socket/attachment.h"
#include "socket/fdtable.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

enum {
    LIVES = 30,
    ROUNDS = 3000,
    PROGRAM_FDS = 64,
    BUSY_SLOTS = 24, /* of each kind */
};

static struct bp_attached_header *header;
static struct bp_attached_slot *slots;
static struct sockaddr_in at;
static int listener;
static int program_fds[PROGRAM_FDS];
static u64 impossible; /* results that no call may have */
static u64 accepted, connected, moved;

static u64 random_state = 20261123;

static u32 next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (u32)(random_state >> 11);
}

static u32 below(u32 n)
{
    return next_random() % n;
}

/* ---- outside ---- */

static void map_region(int fd)
{
    void *memory = mmap(NULL, BP_ATTACHED_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    header = memory;
    slots = (struct bp_attached_slot *)((char *)memory + BP_ATTACHED_SLOTS_AT);
}

static u32 hostile_word(u32 good)
{
    static const u32 edges[] = {0,
                                1,
                                BP_ATTACHED_RING - 1,
                                BP_ATTACHED_RING,
                                BP_ATTACHED_RING + 1,
                                0x7fffffff,
                                0x80000000,
                                0xffffffff};

    switch (below(8)) {
    case 0:
        return edges[below(ARRAY_SIZE(edges))];
    case 1:
        return next_random();
    default:
        return good + below(5000);
    }
}

static u32 some_slot(void)
{
    return below(2) ? 2 * below(BUSY_SLOTS / 2) : BP_ATTACHED_CLIENT_SLOTS + below(BUSY_SLOTS);
}

/* Sometimes sensible, sometimes not. */
static void write_line(struct bp_attached_slot *slot)
{
    switch (below(10)) {
    case 0:
    case 1:
        slot->client.port = below(4) ? ntohs(at.sin_port) : next_random();
        slot->client.command = BP_ATTACHED_CONNECT;
        break;
    case 2:
        slot->client.port = below(4) ? 0 : hostile_word(1);
        slot->client.command = BP_ATTACHED_LISTEN;
        break;
    case 3:
        slot->client.command = below(3) ? BP_ATTACHED_CLOSE : next_random();
        break;
    case 4:
        slot->client.flags = below(3) ? 0 : hostile_word(0);
        break;
    case 5:
    case 6:
        slot->client.tail = hostile_word(slot->runtime.head);
        break;
    case 7:
        slot->client.head = below(2) ? slot->runtime.tail : hostile_word(slot->runtime.tail);
        break;
    case 8:
        slot->client.want_space = below(2) ? 1 : next_random();
        break;
    case 9: /* words that are not its own, bytes of the rings, the header */
        ((u32 *)slot)[below(sizeof(*slot) / 4)] = hostile_word(0);
        ((u8 *)header)[BP_ATTACHED_RINGS_AT + below(2 * BP_ATTACHED_RING)] = (u8)next_random();
        ((u32 *)header)[below(BP_ATTACHED_SLOTS_AT / 4)] = next_random();
        break;
    }
}

static void act_outside(void)
{
    u32 index = some_slot();

    for (u32 n = 1 + below(3); n; n--)
        write_line(&slots[index]);
    if (below(4))
        header->to_runtime[index / 32] |= 1U << index % 32;
    else
        header->to_runtime[below(ARRAY_SIZE(header->to_runtime))] = next_random();
}

/* ---- programs ---- */

static void expect_at_most(long ret, long most)
{
    impossible += ret > most || ret < -4095;
    moved += ret > 0 ? (u64)ret : 0;
}

static void keep(long fd)
{
    int *place = &program_fds[below(PROGRAM_FDS)];

    if (fd < 0)
        return;
    if (*place)
        bp_sys_close((u64)*place);
    *place = (int)fd;
}

static void accept_some(void)
{
    long fd = bp_sys_accept4((u64)listener, 0, 0, SOCK_NONBLOCK);

    accepted += fd >= 0;
    keep(fd);
}

/* The port was not one of ours, for anything may be written where it is told: this is a connection
 * to whoever listens there on this machine. */
static bool is_hosts(long fd)
{
    struct bp_file *file = bp_fd_get((u64)fd);
    bool hosts = file && file->kind == BP_FILE_HOST;

    bp_fd_put(file);
    return hosts;
}

/* To a listener of the process outside, if there is one. */
static void connect_out(void)
{
    struct bp_attached_slot *slot = &slots[below(BUSY_SLOTS)];
    struct sockaddr_in to = at;
    long fd, ret;

    to.sin_port = htons((u16)slot->runtime.local_port);
    if (slot->runtime.state != BP_ATTACHED_OPEN || to.sin_port == at.sin_port)
        return;
    fd = bp_sys_socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    ret = bp_sys_connect((u64)fd, (u64)&to, sizeof(to));
    if (is_hosts(fd)) {
        bp_sys_close((u64)fd);
        return;
    }
    connected += ret == 0 || ret == -EINPROGRESS;
    keep(fd);
}

static void use(int fd)
{
    static u8 buf[3 * BP_ATTACHED_RING];
    static const u8 sent[sizeof(buf)] = {[0 ... sizeof(buf) - 1] = 0xa5};
    struct pollfd one = {.fd = fd, .events = POLLIN | POLLOUT};
    struct msghdr msg = {.msg_iov = &(struct iovec){buf, sizeof(buf)}, .msg_iovlen = 1};
    u32 value = 0, len = sizeof(value);

    switch (below(9)) {
    case 0:
    case 1:
        expect_at_most(bp_sys_read((u64)fd, (u64)buf, sizeof(buf)), BP_ATTACHED_RING);
        break;
    case 2:
    case 3:
        expect_at_most(
            bp_sys_sendto((u64)fd, (u64)sent, 1 + below(sizeof(sent)), MSG_NOSIGNAL, 0, 0),
            sizeof(buf));
        break;
    case 4:
        impossible += bp_sys_poll((u64)&one, 1, 0) < 0;
        break;
    case 5:
        bp_sys_ioctl((u64)fd, FIONREAD, (u64)&value);
        impossible += value > BP_ATTACHED_RING;
        bp_sys_getsockopt((u64)fd, SOL_SOCKET, SO_ERROR, (u64)&value, (u64)&len);
        break;
    case 6:
        expect_at_most(bp_sys_recvmsg((u64)fd, (u64)&msg, below(2) ? MSG_PEEK : MSG_TRUNC),
                       BP_ATTACHED_RING);
        break;
    case 7:
        bp_sys_shutdown((u64)fd, below(3));
        break;
    case 8:
        expect_at_most(bp_sys_read((u64)fd, 16 /* wild */, 100), 0);
        break;
    }
}

static void act_inside(void)
{
    u32 place = below(PROGRAM_FDS);

    accept_some();
    if (!below(4))
        connect_out();
    if (!program_fds[place])
        return;
    if (below(6)) {
        use(program_fds[place]);
    } else {
        bp_sys_close((u64)program_fds[place]);
        program_fds[place] = 0;
    }
}

/* ---- */

static void make_listener(void)
{
    u32 len = sizeof(at);

    at = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    listener = (int)bp_sys_socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    bp_sys_bind((u64)listener, (u64)&at, sizeof(at));
    bp_sys_listen((u64)listener, 8); /* short: some wait in line */
    bp_sys_getsockname((u64)listener, (u64)&at, (u64)&len);
}

static void close_all(void)
{
    for (u32 i = 0; i < PROGRAM_FDS; i++) {
        if (program_fds[i])
            bp_sys_close((u64)program_fds[i]);
        program_fds[i] = 0;
    }
}

/* What was written to the rings of odd slots, which nobody uses. */
static u64 count_strays(void)
{
    enum {
        WORDS = 2 * BP_ATTACHED_RING / sizeof(u64)
    };
    const u64 *rings = (u64 *)((u8 *)header + BP_ATTACHED_RINGS_AT);
    u64 strays = 0;

    for (u32 slot = 1; slot < BUSY_SLOTS; slot += 2) {
        for (u32 i = 0; i < WORDS; i++)
            strays += rings[slot * WORDS + i] != 0;
    }
    return strays;
}

/* One process outside, from its beginning to its end. Programs keep their descriptors every other
 * time, and find them reset. */
static void live(u32 number)
{
    int fds[3];

    while (bp_attachment_open(fds) != 0)
        harness_sleep(10000); /* the one before is still being cleared away */
    map_region(fds[0]);
    while (!READ_ONCE(header->runtime_armed))
        harness_sleep(10000);
    for (u32 i = 0; i < ROUNDS; i++) {
        act_outside();
        if (below(3))
            bp_attachment_look(0);
        act_inside();
    }
    impossible += count_strays();
    munmap(header, BP_ATTACHED_BYTES);
    bp_attachment_close(0);
    harness_sleep(10000);
    for (u32 i = 0; i < PROGRAM_FDS && number % 2; i++) {
        if (program_fds[i])
            use(program_fds[i]);
    }
}

static void test_main(void)
{
    s64 before[BP_POOLS];

    setvbuf(stdout, NULL, _IOLBF, 0);
    check(!bp_attachments_init(), "regions are made");
    for (int pool = 0; pool < BP_POOLS; pool++)
        before[pool] = bp_pool_in_use((enum bp_pool_id)pool);
    make_listener();
    for (u32 i = 0; i < LIVES; i++)
        live(i);
    check(!impossible, "%llu results that cannot be", (unsigned long long)impossible);
    check(accepted && connected && moved, "%llu connections in, %llu out, %llu bytes",
          (unsigned long long)accepted, (unsigned long long)connected, (unsigned long long)moved);
    close_all();
    bp_sys_close((u64)listener);
    for (int pool = 0; pool < BP_POOLS; pool++) {
        s64 left = bp_pool_in_use((enum bp_pool_id)pool) - before[pool];

        check(!left, "pool %d: %lld objects left", pool, (long long)left);
    }
    harness_exit(failures != 0);
}

int main(void)
{
    return harness_run(1);
}
