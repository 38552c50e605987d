/*
 * What the tests of the floor nic share. DPDK starts once in a process, so each case runs in a
 * child, in a network namespace of its own where it asks for one.
 */
#ifndef TEST_RUNTIME_NIC_HARNESS_H
#define TEST_RUNTIME_NIC_HARNESS_H

#include "base/log.h"
#include "check.h"
#include "nic/nic.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    SKIPPED = 77,
    NICS = 2,
    QUEUES = 4,
    ARGS = 16,
};

/* What a case changes before it opens the NICs. */
struct setup {
    struct bp_nic_config nics[NICS];
    struct bp_nic_queue_config queues[NICS][QUEUES];
    const char *args[ARGS];
    u32 arg_count;
    struct bp_nic_tables tables;
    struct bp_nic_failure failure;
};

static struct setup setup;

__attribute__((unused)) static void argument(const char *text)
{
    setup.args[setup.arg_count++] = text;
}

/* The next NIC of the tables, as the generator would plan it. */
__attribute__((unused)) static struct bp_nic_config *nic(const char *port, const char *devargs,
                                                         enum bp_nic_attach attach)
{
    static const char *const names[NICS] = {"net0", "net1"};
    u32 i = setup.tables.count++;

    if (!setup.arg_count) {
        argument("--lcores=0@0");
        argument("--no-huge");
        argument("--no-shconf");
        argument("--no-telemetry");
        argument("--log-level=*:critical");
        argument("--no-pci");
        argument("-m");
        argument("128");
    }
    if (devargs)
        argument(devargs);
    for (u32 q = 0; q < QUEUES; q++)
        setup.queues[i][q] = (struct bp_nic_queue_config){.packets = 4095, .cache = 128};
    setup.nics[i] = (struct bp_nic_config){
        .name = names[i],
        .model = "test",
        .port = port,
        .attach = attach,
        .mtu = 1500,
        .queues = 1,
        .rx_descriptors = 512,
        .tx_descriptors = 512,
        .burst = 32,
        .buffer = 2048,
        .queue = setup.queues[i],
    };
    setup.tables.nics = setup.nics;
    setup.tables.eal_args = setup.args;
    return &setup.nics[i];
}

__attribute__((unused)) static bool open_nics(void)
{
    int ret = bp_nics_open(&setup.tables, &setup.failure);

    return check(!ret, "opens: %s", ret ? setup.failure.text : "yes");
}

/* Both ends of a virtual wire know of each other. */
__attribute__((unused)) static bool linked(void)
{
    const struct timespec pause = {.tv_nsec = 1000 * 1000};

    for (u32 i = 0; i < 5000; i++) {
        if (bp_nic_link(bp_nics_get(0)).up && bp_nic_link(bp_nics_get(1)).up)
            return true;
        nanosleep(&pause, NULL);
    }
    return check(false, "both links come up");
}

/* A shell command of the test's own making. */
__attribute__((unused)) static void shell(const char *command)
{
    if (system(command))
        exit(SKIPPED);
}

__attribute__((unused)) static void own_network(void)
{
    if (unshare(CLONE_NEWNET))
        exit(SKIPPED);
}

/* Runs a case in a child. A case that cannot run here counts as neither. */
__attribute__((unused)) static void in_child(const char *name, void (*run)(void))
{
    int status;

    fflush(stdout);
    pid_t pid = fork();
    if (!pid) {
        printf("ok (%s)\n", name);
        failures = 0;
        run();
        fflush(stdout);
        _exit(failures != 0);
    }
    waitpid(pid, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == SKIPPED)
        printf("ok %s # cannot run here\n", name);
    else
        check(WIFEXITED(status) && !WEXITSTATUS(status), "%s (status %x)", name, (u32)status);
}

/* ---- frames ---- */

enum {
    PATTERN_TYPE = 0x88b5 /* IEEE 802: for local experiments */
};

/* Fills a packet of the device with an Ethernet header and bytes that seed and place determine. */
__attribute__((unused)) static struct bp_packet *pattern(struct bp_device *device, u32 length,
                                                         u32 seed)
{
    static const u8 everybody[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    struct bp_packet *packet = device->ops->alloc(device);

    if (!packet)
        return NULL;
    memcpy(bp_packet_data(packet), everybody, 6);
    memcpy(bp_packet_data(packet) + 6, device->mac, 6);
    bp_packet_data(packet)[12] = PATTERN_TYPE >> 8;
    bp_packet_data(packet)[13] = PATTERN_TYPE & 0xff;
    bp_packet_data(packet)[14] = (u8)seed;
    for (u32 i = 15; i < length; i++)
        bp_packet_data(packet)[i] = (u8)(seed * 31 + i);
    packet->len = (u16)length;
    packet->total = length;
    return packet;
}

/* Whether it is that frame; a short one may have been padded to 60 bytes. */
__attribute__((unused)) static bool is_pattern(const struct bp_packet *packet, u32 length, u32 seed)
{
    if (packet->next || packet->total != packet->len ||
        (packet->total != length && !(length < 60 && packet->total == 60)))
        return false;
    for (u32 i = 15; i < length; i++) {
        if (bp_packet_data(packet)[i] != (u8)(seed * 31 + i))
            return false;
    }
    return bp_packet_data(packet)[12] == PATTERN_TYPE >> 8 &&
           bp_packet_data(packet)[14] == (u8)seed;
}

/* Waits for the next pattern frame, letting the host's own (neighbour discovery) pass; NULL when
 * none comes. */
__attribute__((unused)) static struct bp_packet *next_frame(struct bp_device *device)
{
    enum {
        PATIENCE_MS = 5000
    };
    struct pollfd fd = {.fd = bp_nic_wait_fd(device), .events = POLLIN};

    for (u32 waited = 0; waited < PATIENCE_MS;) {
        struct bp_packet *packet;

        while (bp_nic_receive(device, &packet, 1)) {
            if (bp_packet_data(packet)[12] == PATTERN_TYPE >> 8 &&
                bp_packet_data(packet)[13] == (PATTERN_TYPE & 0xff))
                return packet;
            device->ops->free(device, packet);
        }
        waited += poll(&fd, 1, 1) == 0; /* also passes the time of a device without descriptor */
    }
    return NULL;
}

/* Sends as soon as there is room: some drivers have none before the other end has looked once. */
__attribute__((unused)) static bool send_frame(struct bp_device *from, struct bp_device *to,
                                               struct bp_packet *packet)
{
    struct bp_packet *other;

    for (u32 i = 0; packet && i < 5000; i++) {
        if (from->ops->transmit(from, &packet, 1) == 1)
            return true;
        if (to && bp_nic_receive(to, &other, 1))
            to->ops->free(to, other);
        poll(NULL, 0, 1);
    }
    return false;
}

/* Sends one at a time and looks at what comes out at the other end. */
__attribute__((unused)) static void exchange(struct bp_device *from, struct bp_device *to,
                                             u32 count, const char *what)
{
    u32 good = 0;

    for (u32 i = 0; i < count; i++) {
        u32 length = 15 + i * 1499 / (count > 1 ? count - 1 : 1);
        struct bp_packet *got;

        if (!send_frame(from, to, pattern(from, length, i)))
            break;
        got = next_frame(to);
        if (!got)
            break;
        good += is_pattern(got, length, i);
        to->ops->free(to, got);
    }
    check(good == count, "%s: %u of %u frames arrive as they were sent", what, good, count);
}

#endif
