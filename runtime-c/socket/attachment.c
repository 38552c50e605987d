/* Regions and doorbells, and how they come and go. */
#include "socket/attachment_state.h"
#include "base/host.h"
#include "memory/arena.h"
#include "sched/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>

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

void bp_attachment_look(int number)
{
    bp_attached_look(&attachments[number]);
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
    bp_attached_look(attachment);
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
    attachment->state = BP_ATTACHMENT_CLOSING;
    bp_unlock(&attachment->lock);
    bp_attached_end_all(attachment);
    bp_host(SYS_madvise, attachment->header, BP_ATTACHED_BYTES, MADV_REMOVE);
    bp_store_release(&attachment->state, BP_ATTACHMENT_FREE);
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
           bp_load_acquire(&attachments[number].state) != BP_ATTACHMENT_FREE)
        number++;
    if (!attachments || number == BP_ATTACHMENTS_MAX)
        return -EBUSY;
    struct bp_attachment *attachment = &attachments[number];
    *attachment->header = fresh;
    attachment->free_count = 0;
    for (u32 i = BP_ATTACHED_SLOTS; i > BP_ATTACHED_CLIENT_SLOTS; i--)
        attachment->free[attachment->free_count++] = (u16)(i - 1);
    attachment->state = BP_ATTACHMENT_OPEN;
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
