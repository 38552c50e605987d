#include "nic/capture.h"
#include "nic/dpdk.h"

#include <time.h>

BP_STATIC_ASSERT(BP_NIC_BURST *(BP_CAPTURE_SNAPLEN_MAX + 1 + sizeof(struct bp_capture_record)) <
                     BP_CAPTURE_BYTES,
                 "a burst never overwrites itself");
BP_STATIC_ASSERT(ARRAY_SIZE(((struct bp_capture_marks *)0)->newest) == BP_NIC_BURST + 1,
                 "a mark for each packet of a burst");

void bp_capture_init(struct bp_capture *capture, struct bp_capture_ring *ring, u32 snaplen)
{
    *capture = (struct bp_capture){.ring = ring, .data = (u8 *)(ring + 1), .snaplen = snaplen};
}

void bp_nic_set_capture(struct bp_device *device, struct bp_capture *capture)
{
    queue_of(device)->capture = capture;
}

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

/* A whole packet, as far as the capture looks. */
static void record(struct bp_capture *capture, const struct bp_packet *packet, u64 time,
                   bool outbound)
{
    u32 left = BP_MIN(packet->total, capture->snaplen);

    begin(capture, time, packet->total, outbound);
    for (const struct bp_packet *piece = packet; piece && left; piece = piece->next)
        left = append(capture, bp_packet_data(piece), piece->len, left);
    capture->position = BP_ALIGN_UP(capture->position, 8ull);
}

void bp_capture_received(struct bp_capture *capture, struct bp_packet *const *packets, u32 count)
{
    u64 now = wall_clock();

    for (u32 i = 0; i < count; i++)
        record(capture, packets[i], now, false);
    publish(capture);
}

void bp_capture_before_send(struct bp_capture *capture, struct bp_packet *const *packets, u32 count,
                            struct bp_capture_marks *marks)
{
    u64 now = wall_clock();

    marks->newest[0] = capture->position;
    for (u32 i = 0; i < count; i++) {
        record(capture, packets[i], now, true);
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
