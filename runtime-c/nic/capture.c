#include "nic/capture.h"
#include "base/clock.h"
#include "base/region.h"
#include "nic/dpdk.h"
#include "sched/worker.h"

#include <errno.h>
#include <sys/mman.h>
#include <time.h>

/* One of a queue. Zero while nothing is captured. */
struct bp_capture {
    struct bp_work work;
    struct bp_nic_queue *queue;
    struct bp_capture_ring *ring;
    u8 *data;
    u64 position; /* behind the last record; newest tells of it later */
    u64 number;   /* of the next record */
    u64 oldest;   /* as in the ring */
    u32 snaplen;
    u32 writing; /* 1 from begin until the worker has stopped */
};

/* One of a NIC. */
static struct session {
    struct bp_region region;
    struct bp_capture captures[BP_NIC_QUEUES_MAX];
    u32 count;
    bool ending;
} sessions[RTE_MAX_ETHPORTS];

/* ---- writing ---- */

static u64 wall_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (u64)now.tv_sec * 1000000000 + (u64)now.tv_nsec;
}

static void copy_in(struct bp_capture *capture, u64 at, const void *bytes, u32 len)
{
    u32 offset = at & (BP_CAPTURE_BYTES - 1), first = BP_MIN(len, BP_CAPTURE_BYTES - offset);

    memcpy(capture->data + offset, bytes, first);
    memcpy(capture->data, (const u8 *)bytes + first, len - first);
}

static u32 length_of(struct bp_capture *capture, u64 at)
{
    struct bp_capture_record record;
    u32 offset = at & (BP_CAPTURE_BYTES - 1);
    u32 first = BP_MIN((u32)sizeof(record), BP_CAPTURE_BYTES - offset);

    memcpy(&record, capture->data + offset, first);
    memcpy((u8 *)&record + first, capture->data, sizeof(record) - first);
    return (u32)sizeof(record) + BP_ALIGN_UP(record.captured, 8u);
}

/* Room for so many bytes: the oldest records are given up before they are overwritten. */
static void make_room(struct bp_capture *capture, u32 bytes)
{
    u64 oldest = capture->oldest;

    while (capture->position + bytes - oldest > BP_CAPTURE_BYTES)
        oldest += length_of(capture, oldest);
    if (oldest == capture->oldest)
        return;
    capture->oldest = oldest;
    __atomic_store_n(&capture->ring->oldest, oldest, __ATOMIC_RELAXED);
    bp_full_fence(); /* told before it happens */
}

/* Begins a record; its bytes follow by append. */
static void begin(struct bp_capture *capture, u64 time, u32 bytes, bool outbound)
{
    struct bp_capture_record record = {
        .number = capture->number++,
        .time = time,
        .bytes = bytes,
        .captured = BP_MIN(bytes, capture->snaplen),
        .outbound = outbound,
    };

    make_room(capture, (u32)sizeof(record) + BP_ALIGN_UP(record.captured, 8u));
    copy_in(capture, capture->position, &record, sizeof(record));
    capture->position += sizeof(record);
}

static u32 append(struct bp_capture *capture, const u8 *data, u32 len, u32 left)
{
    u32 some = BP_MIN(len, left);

    copy_in(capture, capture->position, data, some);
    capture->position += some;
    return left - some;
}

static void publish(struct bp_capture *capture)
{
    __atomic_store_n(&capture->ring->packets, capture->number, __ATOMIC_RELAXED);
    __atomic_store_n(&capture->ring->newest, capture->position, __ATOMIC_RELEASE);
}

void bp_capture_received(struct bp_capture *capture, struct bp_packet *const *packets, u32 count)
{
    u64 now = wall_clock();

    for (u32 i = 0; i < count; i++) {
        u32 left = BP_MIN(packets[i]->total, capture->snaplen);

        begin(capture, now, packets[i]->total, false);
        for (const struct bp_packet *piece = packets[i]; piece && left; piece = piece->next)
            left = append(capture, piece->data, piece->len, left);
        capture->position = BP_ALIGN_UP(capture->position, 8ull);
    }
    publish(capture);
}

void bp_capture_before_send(struct bp_capture *capture, struct rte_mbuf *const *mbufs, u32 count,
                            struct bp_capture_marks *marks)
{
    u64 now = wall_clock();

    marks->newest[0] = capture->position;
    for (u32 i = 0; i < count; i++) {
        u32 left = BP_MIN(mbufs[i]->pkt_len, capture->snaplen);

        begin(capture, now, mbufs[i]->pkt_len, true);
        for (struct rte_mbuf *piece = mbufs[i]; piece && left; piece = piece->next)
            left = append(capture, rte_pktmbuf_mtod(piece, const u8 *), piece->data_len, left);
        capture->position = BP_ALIGN_UP(capture->position, 8ull);
        marks->newest[i + 1] = capture->position;
    }
    capture->number -= count;
}

void bp_capture_sent(struct bp_capture *capture, u32 count, const struct bp_capture_marks *marks)
{
    capture->position = marks->newest[count];
    capture->number += count;
    publish(capture);
}

/* ---- begin and end ---- */

/* In the context of the queue's worker, so that none of its bursts is under way. */
static void start(struct bp_work *work)
{
    struct bp_capture *capture = container_of(work, struct bp_capture, work);

    capture->queue->capture = capture;
    __atomic_store_n(&capture->ring->started, 1, __ATOMIC_RELEASE);
}

static void stop(struct bp_work *work)
{
    struct bp_capture *capture = container_of(work, struct bp_capture, work);

    capture->queue->capture = NULL;
    __atomic_store_n(&capture->ring->stopped, 1, __ATOMIC_RELEASE);
    __atomic_store_n(&capture->writing, 0, __ATOMIC_RELEASE);
}

static bool reap(struct session *session)
{
    if (!session->region.memory)
        return true;
    for (u32 i = 0; i < session->count; i++) {
        if (!session->ending || __atomic_load_n(&session->captures[i].writing, __ATOMIC_ACQUIRE))
            return false;
    }
    bp_region_destroy(&session->region);
    return true;
}

bool bp_nic_captures_reap(void)
{
    bool waits = false;

    for (u32 i = 0; i < bp_nics_count(); i++)
        waits |= !reap(&sessions[i]) && sessions[i].ending;
    return waits;
}

static void lay_out(struct session *session, u32 snaplen)
{
    const u32 ring_bytes = sizeof(struct bp_capture_ring) + BP_CAPTURE_BYTES;
    struct bp_capture_header *header = session->region.memory;
    u8 *rings = (u8 *)header + BP_CACHE_LINE;

    *header = (struct bp_capture_header){
        .magic = BP_CAPTURE_MAGIC,
        .header_bytes = BP_CACHE_LINE,
        .ring_bytes = ring_bytes,
        .data_bytes = BP_CAPTURE_BYTES,
        .record_bytes = sizeof(struct bp_capture_record),
        .rings = session->count,
        .snaplen = snaplen,
    };
    for (u32 i = 0; i < session->count; i++, rings += ring_bytes)
        session->captures[i] = (struct bp_capture){
            .ring = (struct bp_capture_ring *)rings,
            .data = rings + sizeof(struct bp_capture_ring),
            .snaplen = snaplen,
            .writing = 1,
        };
}

int bp_nic_capture_begin(struct bp_nic *nic, u32 snaplen)
{
    struct session *session = &sessions[nic->index];
    int ret;

    if (!snaplen || snaplen > BP_CAPTURE_SNAPLEN_MAX)
        return -EINVAL;
    if (!reap(session))
        return -EBUSY;
    session->count = nic->config->queues;
    session->ending = false;
    ret = bp_region_create(&session->region, "bypassgen-capture",
                           BP_CACHE_LINE + session->count * (sizeof(struct bp_capture_ring) +
                                                             (size_t)BP_CAPTURE_BYTES));
    if (ret)
        return ret;
    madvise(session->region.memory, session->region.bytes, MADV_DONTFORK);
    lay_out(session, snaplen);
    for (u32 i = 0; i < session->count; i++) {
        session->captures[i].queue = &nic->queues[i];
        session->captures[i].work.run = start;
        bp_worker_post(bp_workers[nic->config->queue[i].worker], &session->captures[i].work);
    }
    return session->region.fd;
}

/* Whoever ends it waits until it has begun: the work is one structure. */
void bp_nic_capture_end(struct bp_nic *nic)
{
    struct session *session = &sessions[nic->index];

    if (!session->region.memory || session->ending)
        return;
    session->ending = true;
    for (u32 i = 0; i < session->count; i++) {
        session->captures[i].work.run = stop;
        bp_worker_post(bp_workers[nic->config->queue[i].worker], &session->captures[i].work);
    }
}
