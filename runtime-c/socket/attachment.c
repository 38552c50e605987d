/* Regions, doorbells, and what the clients announce there. */
#include "socket/attachment.h"
#include "base/host.h"
#include "memory/arena.h"
#include "sched/worker.h"
#include "socket/attached.h"
#include "socket/inet.h"
#include "socket/local_listener.h"
#include "socket/sockopt.h"
#include "socket/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <netinet/in.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>

enum state {
    FREE,
    OPEN,
    CLOSING,
};

struct bp_attachment {
    struct bp_lock lock;
    u32 state; /* enum state; taken by the launcher's main thread, freed by worker 0 */
    struct bp_attached_header *header;
    int region_fd, client_fd, runtime_fd; /* the same numbers in every process */
    u32 free_count;
    u16 free[BP_ATTACHED_SLOTS - BP_ATTACHED_CLIENT_SLOTS]; /* the runtime's slots; last in, first
                                                               out */
    struct bp_attached slots[BP_ATTACHED_SLOTS];
};

/* In the arena; NULL when there are none. */
static struct bp_attachment *attachments;

/* The launcher's. */
static struct watch {
    struct bp_hostfd source; /* the doorbell to the runtime */
    struct bp_work opened, closed;
} watches[BP_ATTACHMENTS_MAX];

/* ---- doorbells ---- */

void bp_attached_mark(const struct bp_attached *slot)
{
    struct bp_attachment *attachment = slot->attachment;
    struct bp_attached_header *header = attachment->header;
    u32 index = (u32)(slot - attachment->slots);
    u64 one = 1;

    __atomic_fetch_or(&header->to_client[index / 32], 1U << index % 32, __ATOMIC_SEQ_CST);
    if (READ_ONCE(header->client_armed) &&
        __atomic_exchange_n(&header->client_armed, 0, __ATOMIC_SEQ_CST))
        bp_host(SYS_write, attachment->client_fd, &one, sizeof(one));
}

void bp_attachments_each_doorbell(void (*fn)(int fd, void *arg), void *arg)
{
    for (u32 i = 0; attachments && i < BP_ATTACHMENTS_MAX; i++)
        fn(attachments[i].client_fd, arg);
}

/* ---- answers ---- */

static void publish(struct bp_attached *slot, const struct bp_file *program)
{
    struct bp_attached_slot *shared = slot->shared;
    const struct bp_inet_addr *local = &slot->outside->sock.inet.local;

    memcpy(shared->runtime.local, local->bytes, sizeof(local->bytes));
    shared->runtime.local_port = local->port;
    if (program) {
        memcpy(shared->runtime.peer, program->sock.inet.local.bytes, sizeof(local->bytes));
        shared->runtime.peer_port = program->sock.inet.local.port;
    }
    bp_store_release(&shared->runtime.state, BP_ATTACHED_OPEN);
    bp_attached_mark(slot);
}

static void refuse(struct bp_attached *slot, long error)
{
    WRITE_ONCE(slot->phase, BP_ATTACHED_REFUSED);
    slot->shared->runtime.error = (u32)-error;
    bp_store_release(&slot->shared->runtime.state, BP_ATTACHED_FAILED);
    bp_attached_mark(slot);
}

/* A client may look at any moment: RETIRED is neither a connection nor free. */
static void wipe(struct bp_attached_slot *shared)
{
    __atomic_store_n(&shared->runtime.state, BP_ATTACHED_RETIRED, __ATOMIC_SEQ_CST);
    memset(&shared->client, 0, sizeof(shared->client));
    memset(&shared->runtime.error, 0,
           sizeof(shared->runtime) - offsetof(__typeof__(shared->runtime), error));
    bp_store_release(&shared->runtime.state, BP_ATTACHED_FREE);
}

/*
 * Both sides have done with the slot: it is free from here on. Returns the client's half, for
 * leave() after the lock is dropped. The attachment is locked.
 */
static struct bp_file *retire(struct bp_attached *slot)
{
    struct bp_attachment *attachment = slot->attachment;
    struct bp_file *outside = slot->outside;
    u32 index = (u32)(slot - attachment->slots);

    slot->outside = NULL;
    slot->head = slot->tail = 0;
    slot->closed = false;
    WRITE_ONCE(slot->phase, BP_ATTACHED_UNUSED);
    wipe(slot->shared);
    if (index >= BP_ATTACHED_CLIENT_SLOTS)
        attachment->free[attachment->free_count++] = (u16)index;
    bp_attached_mark(slot);
    return outside;
}

/* Gives up the client's half, or its listener. Not locked. */
static void leave(struct bp_file *outside)
{
    if (!outside)
        return;
    if (outside->kind == BP_FILE_LISTENER)
        bp_inet_unlisten(outside);
    outside->fifo = (struct bp_fifo){0};
    bp_inet_leave(outside);
}

static void retire_alone(struct bp_attached *slot)
{
    struct bp_file *outside;

    bp_lock(&slot->attachment->lock);
    outside = retire(slot);
    bp_unlock(&slot->attachment->lock);
    leave(outside);
}

/* ---- beginnings ---- */

void bp_attached_joined(struct bp_file *outside, struct bp_file *server)
{
    struct bp_attached *slot = outside->attached;

    bp_lock(&slot->attachment->lock);
    server->attached = slot;
    slot->file = server;
    WRITE_ONCE(slot->phase, BP_ATTACHED_JOINED);
    publish(slot, server);
    bp_unlock(&slot->attachment->lock);
}

void bp_attached_refused(struct bp_file *outside)
{
    refuse(outside->attached, -ECONNREFUSED);
}

/* A socket for the client's side. */
static struct bp_file *make_socket(struct bp_attached *slot, enum bp_file_kind kind, u16 family)
{
    struct bp_file *file = bp_pair_create(kind, BP_MODE_READ | BP_MODE_WRITE | BP_MODE_NONBLOCK);

    if (file) {
        bp_sock_init(file, family);
        slot->outside = file;
    }
    return file;
}

static void begin_connect(struct bp_attached *slot)
{
    struct bp_file *file = make_socket(slot, BP_FILE_ATTACHED, AF_INET6);
    long ret = -ENOBUFS;

    if (file) {
        file->attached = slot;
        WRITE_ONCE(slot->phase, BP_ATTACHED_WAITS);
        ret = bp_inet_connect_outside(file, (u16)READ_ONCE(slot->shared->client.port));
    }
    if (ret && ret != -EINPROGRESS)
        refuse(slot, ret);
}

static void begin_listen(struct bp_attached *slot)
{
    u16 port = (u16)READ_ONCE(slot->shared->client.port);
    long ret = -EAFNOSUPPORT;

    for (u32 i = 0; i < 2 && ret == -EAFNOSUPPORT; i++) {
        struct bp_file *file = make_socket(slot, BP_FILE_TCP, i ? AF_INET : AF_INET6);

        ret = file ? bp_inet_listen_outside(file, port, slot) : -ENOBUFS;
        if (ret && file)
            bp_inet_leave(file);
        if (ret)
            slot->outside = NULL;
    }
    if (ret) {
        refuse(slot, ret);
        return;
    }
    WRITE_ONCE(slot->phase, BP_ATTACHED_LISTENS);
    publish(slot, NULL);
}

static struct bp_attached *take_slot(struct bp_attachment *attachment)
{
    if (attachment->state != OPEN || !attachment->free_count)
        return NULL;
    return &attachment->slots[attachment->free[--attachment->free_count]];
}

long bp_attached_offer(struct bp_file *listener, struct bp_file *client)
{
    struct bp_attached *listening = listener->attached, *slot;
    struct bp_attachment *attachment = listening->attachment;
    struct bp_file *outside = bp_pair_second(client);

    bp_lock(&attachment->lock);
    slot = take_slot(attachment);
    if (slot) {
        bp_sock_inherit(outside, listener);
        bp_pair_adopt(outside);
        slot->file = client;
        slot->outside = outside;
        slot->phase = BP_ATTACHED_JOINED;
        bp_lock(&client->lock);
        client->kind = outside->kind = BP_FILE_ATTACHED;
        client->attached = outside->attached = slot;
        bp_stream_join(client, outside, BP_ATTACHED_RING, BP_ATTACHED_RING);
        bp_unlock(&client->lock);
        slot->shared->runtime.listener = (u32)(listening - attachment->slots);
        publish(slot, client);
    }
    bp_unlock(&attachment->lock);
    return slot ? 0 : -ECONNREFUSED;
}

/* ---- ends ---- */

void bp_attached_leave(struct bp_file *file, bool abort)
{
    u32 flags = BP_ATTACHED_SHUT | BP_ATTACHED_GONE | (abort ? BP_ATTACHED_RESET : 0);
    struct bp_attached *slot = READ_ONCE(file->attached);
    struct bp_file *outside = NULL;

    if (slot) {
        bp_lock(&slot->attachment->lock);
        if (slot->file == file) {
            slot->file = NULL;
            __atomic_fetch_or(&slot->shared->runtime.flags, flags, __ATOMIC_RELEASE);
            if (slot->closed)
                outside = retire(slot);
            else
                bp_attached_mark(slot);
        }
        bp_unlock(&slot->attachment->lock);
    }
    file->fifo = (struct bp_fifo){0};
    leave(outside);
}

/* Takes the rings away from the program's half: nobody copies there from now on. The attachment is
 * locked. */
static void cut(struct bp_attached *slot)
{
    struct bp_file *file = slot->file;

    slot->file = NULL;
    bp_lock(&file->read_turn);
    bp_lock(&file->write_turn);
    WRITE_ONCE(file->attached, NULL);
    bp_unlock(&file->write_turn);
    bp_unlock(&file->read_turn);
    bp_stream_reset(file, ECONNRESET);
}

/* The client closed a connection. What it wrote before stays readable until the program closes. */
static void close_joined(struct bp_attached *slot, bool abort)
{
    struct bp_file *outside = NULL;

    bp_lock(&slot->attachment->lock);
    slot->closed = true;
    if (slot->file && abort)
        cut(slot);
    else if (slot->file)
        bp_stream_change(slot->file, BP_STATE_PEER_SHUT | BP_STATE_PEER_GONE, BP_STATE_SEND, 0);
    if (!slot->file)
        outside = retire(slot);
    bp_unlock(&slot->attachment->lock);
    leave(outside);
}

static void close_slot(struct bp_attached *slot, bool abort)
{
    if (slot->phase == BP_ATTACHED_WAITS)
        bp_listener_leave(slot->outside); /* it may have been joined, or refused, meanwhile */
    if (READ_ONCE(slot->phase) == BP_ATTACHED_JOINED)
        close_joined(slot, abort);
    else
        retire_alone(slot);
}

/* ---- looking ---- */

/* Passes on what the client did to a connection. */
static void look_at_joined(struct bp_attached *slot)
{
    bool shut = READ_ONCE(slot->shared->client.flags) & BP_ATTACHED_SHUT;
    struct bp_file *file;
    u32 events = 0;

    bp_lock(&slot->attachment->lock);
    file = slot->file;
    if (file) {
        bp_lock(&file->lock);
        if (shut && !(file->state & BP_STATE_PEER_SHUT)) {
            file->state |= BP_STATE_PEER_SHUT;
            events = BP_EVENTS_READ | EPOLLRDHUP;
        }
        if (bp_attached_used(slot))
            events |= BP_EVENTS_READ;
        if (file->state & BP_STATE_WANT_SPACE && bp_attached_has_room(slot)) {
            file->state &= (u16)~BP_STATE_WANT_SPACE;
            events |= BP_EVENTS_WRITE;
        }
        if (events)
            bp_notify(file, events);
        bp_unlock(&file->lock);
    }
    bp_unlock(&slot->attachment->lock);
}

static void look_at(struct bp_attachment *attachment, u32 index)
{
    struct bp_attached *slot = &attachment->slots[index];
    u32 command = bp_load_acquire(&slot->shared->client.command);
    u32 flags = READ_ONCE(slot->shared->client.flags);

    if (slot->phase == BP_ATTACHED_UNUSED) {
        if (index >= BP_ATTACHED_CLIENT_SLOTS)
            return;
        if (command == BP_ATTACHED_CONNECT)
            begin_connect(slot);
        else if (command == BP_ATTACHED_LISTEN)
            begin_listen(slot);
    } else if (command == BP_ATTACHED_CLOSE) {
        if (!slot->closed)
            close_slot(slot, flags & BP_ATTACHED_RESET);
    } else if (slot->phase == BP_ATTACHED_JOINED) {
        look_at_joined(slot);
    }
}

void bp_attachment_look(int number)
{
    struct bp_attachment *attachment = &attachments[number];

    for (u32 word = 0; word < BP_ATTACHED_SLOTS / 32; word++) {
        u32 *marks = &attachment->header->to_runtime[word], set;

        if (!READ_ONCE(*marks))
            continue;
        set = __atomic_exchange_n(marks, 0, __ATOMIC_SEQ_CST);
        for (; set; set &= set - 1)
            look_at(attachment, word * 32 + (u32)__builtin_ctz(set));
    }
}

/* ---- coming and going ---- */

/* One ring in, however many slots it is about: armed again before the look. */
static void rung(struct bp_hostfd *source, u32 events)
{
    struct watch *watch = container_of(source, struct watch, source);
    struct bp_attachment *attachment = &attachments[watch - watches];
    u64 count;

    (void)events;
    bp_host(SYS_read, source->fd, &count, sizeof(count));
    bp_hostfd_arm(source, EPOLLIN);
    WRITE_ONCE(attachment->header->runtime_armed, 1);
    bp_full_fence();
    bp_attachment_look((int)(watch - watches));
}

static void start(struct bp_work *work)
{
    struct watch *watch = container_of(work, struct watch, opened);

    bp_hostfd_init(&watch->source, attachments[watch - watches].runtime_fd, rung);
    rung(&watch->source, 0); /* the client may have been faster */
}

static void end(int number)
{
    struct bp_attachment *attachment = &attachments[number];

    bp_lock(&attachment->lock);
    attachment->state = CLOSING;
    bp_unlock(&attachment->lock);
    for (u32 i = 0; i < BP_ATTACHED_SLOTS; i++) {
        struct bp_attached *slot = &attachment->slots[i];

        if (slot->phase == BP_ATTACHED_UNUSED)
            continue;
        if (!slot->closed) {
            close_slot(slot, true);
            continue;
        }
        bp_lock(&attachment->lock);
        struct bp_file *outside = NULL;
        if (slot->closed) { /* the program has not released it meanwhile */
            cut(slot);
            outside = retire(slot);
        }
        bp_unlock(&attachment->lock);
        leave(outside);
    }
    bp_host(SYS_madvise, attachment->header, BP_ATTACHED_BYTES, MADV_REMOVE);
    bp_store_release(&attachment->state, FREE);
}

static void stop(struct bp_work *work)
{
    struct watch *watch = container_of(work, struct watch, closed);

    bp_hostfd_disarm(&watch->source);
    end((int)(watch - watches));
}

int bp_attachment_open(int fds[3])
{
    static const struct bp_attached_header fresh = {.magic = BP_ATTACHED_MAGIC,
                                                    .slots = BP_ATTACHED_SLOTS,
                                                    .client_slots = BP_ATTACHED_CLIENT_SLOTS,
                                                    .slots_at = BP_ATTACHED_SLOTS_AT,
                                                    .slot_bytes = sizeof(struct bp_attached_slot),
                                                    .rings_at = BP_ATTACHED_RINGS_AT,
                                                    .ring_bytes = BP_ATTACHED_RING};
    int number = 0;

    while (attachments && number < BP_ATTACHMENTS_MAX &&
           bp_load_acquire(&attachments[number].state) != FREE)
        number++;
    if (!attachments || number == BP_ATTACHMENTS_MAX)
        return -EBUSY;
    struct bp_attachment *attachment = &attachments[number];
    *attachment->header = fresh;
    attachment->free_count = 0;
    for (u32 i = BP_ATTACHED_SLOTS; i > BP_ATTACHED_CLIENT_SLOTS; i--)
        attachment->free[attachment->free_count++] = (u16)(i - 1);
    attachment->state = OPEN;
    fds[0] = attachment->region_fd;
    fds[1] = attachment->client_fd;
    fds[2] = attachment->runtime_fd;
    watches[number].opened.run = start;
    bp_worker_post(bp_workers[0], &watches[number].opened);
    return number;
}

void bp_attachment_close(int number)
{
    watches[number].closed.run = stop;
    bp_worker_post(bp_workers[0], &watches[number].closed);
}

/* ---- once ---- */

/* Sealed: a client that shortened the region would turn our next access into SIGBUS. */
static long make_region(struct bp_attachment *attachment)
{
    long fd = bp_host(SYS_memfd_create, "bypassgen-attached", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    long ret = fd;

    if (bp_is_error(fd))
        return ret;
    attachment->region_fd = (int)fd;
    ret = bp_host(SYS_ftruncate, fd, BP_ATTACHED_BYTES);
    if (!ret)
        ret = bp_host(SYS_fcntl, fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
    if (ret)
        return ret;
    ret = bp_host(SYS_mmap, NULL, BP_ATTACHED_BYTES, PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_NORESERVE, fd, 0);
    if (bp_is_error(ret))
        return ret;
    attachment->header = (struct bp_attached_header *)ret;
    return 0;
}

static void place_slots(struct bp_attachment *attachment)
{
    u8 *base = (u8 *)attachment->header;
    struct bp_attached_slot *shared = (struct bp_attached_slot *)(base + BP_ATTACHED_SLOTS_AT);
    u8 *rings = base + BP_ATTACHED_RINGS_AT;

    for (u32 i = 0; i < BP_ATTACHED_SLOTS; i++, rings += 2 * BP_ATTACHED_RING)
        attachment->slots[i] = (struct bp_attached){.shared = &shared[i],
                                                    .to_runtime = rings,
                                                    .to_client = rings + BP_ATTACHED_RING,
                                                    .attachment = attachment};
}

static long prepare(struct bp_attachment *attachment)
{
    long ret = make_region(attachment);

    if (ret)
        return ret;
    attachment->client_fd = (int)bp_host(SYS_eventfd2, 0, EFD_CLOEXEC | EFD_NONBLOCK);
    attachment->runtime_fd = (int)bp_host(SYS_eventfd2, 0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (attachment->client_fd < 0 || attachment->runtime_fd < 0)
        return -EMFILE;
    place_slots(attachment);
    return 0;
}

int bp_attachments_init(void)
{
    struct bp_attachment *all = bp_arena_alloc(BP_ATTACHMENTS_MAX * sizeof(*all));
    long ret = all ? 0 : -ENOMEM;

    for (u32 i = 0; i < BP_ATTACHMENTS_MAX && !ret; i++)
        ret = prepare(&all[i]);
    if (!ret)
        attachments = all;
    return (int)ret;
}
