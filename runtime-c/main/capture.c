#include "main/capture.h"
#include "base/region.h"
#include "bp_config.h"
#include "nic/capture.h"
#include "nic/nic.h"
#include "sched/worker.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

enum {
    QUEUES_MAX = BP_WORKERS_MAX,
    NICS_MAX = BP_NET_INTERFACES_MAX,
    RING_BYTES = sizeof(struct bp_capture_ring) + BP_CAPTURE_BYTES,
};

/* The header of the region, on a line of its own. */
enum {
    HEADER_BYTES = BP_CACHE_LINE
};
BP_STATIC_ASSERT(sizeof(struct bp_capture_header) <= HEADER_BYTES, "rings are aligned");

struct writer {
    struct bp_work starting, stopping;
    struct bp_capture capture;
    struct bp_device *device;
    u32 worker;
    u32 writing; /* from begin until its worker has stopped it */
};

/* One of a NIC. */
static struct session {
    struct bp_region region;
    struct writer writers[QUEUES_MAX];
    u32 count;
    bool ending;
} sessions[NICS_MAX];

/* In the context of the queue's worker, where none of its bursts is under way. */
static void start(struct bp_work *work)
{
    struct writer *writer = container_of(work, struct writer, starting);

    bp_nic_set_capture(writer->device, &writer->capture);
    __atomic_store_n(&writer->capture.ring->started, 1, __ATOMIC_RELEASE);
}

static void stop(struct bp_work *work)
{
    struct writer *writer = container_of(work, struct writer, stopping);

    bp_nic_set_capture(writer->device, NULL);
    __atomic_store_n(&writer->writing, 0, __ATOMIC_RELEASE);
}

/* Gives the memory back when nobody writes any more. Returns false while somebody does. */
static bool reap(struct session *session)
{
    for (u32 i = 0; i < session->count; i++) {
        if (__atomic_load_n(&session->writers[i].writing, __ATOMIC_ACQUIRE))
            return false;
    }
    if (session->region.memory)
        bp_region_destroy(&session->region);
    return true;
}

static void lay_out(struct session *session, struct bp_nic *nic, u32 snaplen)
{
    const struct bp_nic_config *config = bp_nic_config(nic);
    struct bp_capture_header *header = session->region.memory;
    u8 *rings = (u8 *)header + HEADER_BYTES;

    *header = (struct bp_capture_header){
        .magic = BP_CAPTURE_MAGIC,
        .header_bytes = HEADER_BYTES,
        .ring_bytes = RING_BYTES,
        .data_bytes = BP_CAPTURE_BYTES,
        .record_bytes = sizeof(struct bp_capture_record),
        .rings = session->count,
        .snaplen = snaplen,
    };
    bp_snprintf(header->nic, sizeof(header->nic), "%s", config->name);
    for (u32 i = 0; i < session->count; i++) {
        struct writer *writer = &session->writers[i];

        *writer = (struct writer){
            .starting.run = start,
            .stopping.run = stop,
            .device = bp_nic_device(nic, i),
            .worker = config->queue[i].worker,
            .writing = 1,
        };
        bp_capture_init(&writer->capture,
                        (struct bp_capture_ring *)(rings + (size_t)i * RING_BYTES), snaplen);
    }
}

static int begin(struct session *session, struct bp_nic *nic, u32 snaplen)
{
    int ret;

    if (!snaplen || snaplen > BP_CAPTURE_SNAPLEN_MAX)
        return -EINVAL;
    if (!reap(session))
        return -EBUSY;
    session->count = 0;
    ret = bp_region_create(&session->region, "bypassgen-capture",
                           HEADER_BYTES + (size_t)bp_nic_config(nic)->queues * RING_BYTES);
    if (ret)
        return ret;
    madvise(session->region.memory, session->region.bytes, MADV_DONTFORK);
    session->count = bp_nic_config(nic)->queues;
    session->ending = false;
    lay_out(session, nic, snaplen);
    for (u32 i = 0; i < session->count; i++)
        bp_worker_post(bp_workers[session->writers[i].worker], &session->writers[i].starting);
    return session->region.fd;
}

/* No name means the NIC when there is one. */
static bool is_meant(const char *name, struct bp_nic *nic)
{
    return name ? !strcmp(name, bp_nic_config(nic)->name) : bp_nics_count() == 1;
}

int bp_main_capture_begin(const char *name, u32 snaplen, u32 *index)
{
    for (u32 i = 0; BP_HAS_NIC && i < bp_nics_count(); i++) {
        if (is_meant(name, bp_nics_get(i))) {
            *index = i;
            return begin(&sessions[i], bp_nics_get(i), snaplen);
        }
    }
    return -ENODEV;
}

void bp_main_capture_end(u32 index)
{
    struct session *session = &sessions[index];

    if (session->ending)
        return;
    session->ending = true;
    for (u32 i = 0; i < session->count; i++)
        bp_worker_post(bp_workers[session->writers[i].worker], &session->writers[i].stopping);
}
