#include "main/nics.h"
#include "base/clock.h"
#include "base/log.h"
#include "bp_config.h"
#include "nic/nic.h"
#include "remote/stack.h"

#include <stdio.h>
#include <time.h>

void bp_main_nics_open(void)
{
    struct bp_nic_failure failure;

    if (BP_HAS_NIC && bp_nics_open(&bp_nic_tables, &failure))
        bp_fatal(failure.status, "%s", failure.text);
}

void bp_main_nics_serve(void)
{
    if (BP_HAS_NIC)
        bp_remote_start();
}

u32 bp_main_nics_watch(void)
{
    return BP_HAS_NIC ? bp_nics_watch_links(bp_now()) : 0;
}

void bp_main_nics_linger(void)
{
    enum {
        TURN_MS = 10,
        TURNS_MAX = 300,
    };
    static const struct timespec turn = {.tv_nsec = TURN_MS * 1000000L};
    u32 turns = 0;

    /* One more turn at the end: what left last is to reach the peer before the NIC goes. */
    for (bool open = BP_HAS_NIC; open && turns < TURNS_MAX; turns++) {
        open = bp_remote_open_flows() != 0;
        nanosleep(&turn, NULL);
    }
}

/* As the driver tells them; nothing when it does not. */
static void print_limits(const struct bp_nic *nic, u32 able)
{
    struct bp_nic_limits limits;

    if (bp_nic_limits(nic, &limits))
        return;
    printf(",\"limits\":{\"rx_queues\":%u,\"tx_queues\":%u,\"mtu\":%u,", limits.rx_queues,
           limits.tx_queues, limits.mtu);
    printf("\"rx_descriptors\":{\"min\":%u,\"max\":%u,\"align\":%u},", limits.rx_descriptors.min,
           limits.rx_descriptors.max, limits.rx_descriptors.align);
    printf("\"tx_descriptors\":{\"min\":%u,\"max\":%u,\"align\":%u},", limits.tx_descriptors.min,
           limits.tx_descriptors.max, limits.tx_descriptors.align);
    printf("\"offloads\":%u,\"reta_entries\":%u,\"spreads_flows\":%s}", able, limits.reta_entries,
           limits.spreads_flows ? "true" : "false");
}

static void print_nic(struct bp_nic *nic)
{
    const struct bp_nic_config *config = bp_nic_config(nic);
    const u8 *mac = bp_nic_device(nic, 0)->mac;
    struct bp_nic_link link = bp_nic_link(nic);
    struct bp_nic_facts facts;

    bp_nic_facts(nic, &facts);
    printf("{\"name\":\"%s\",\"model\":\"%s\",\"driver\":\"%s\",", config->name, config->model,
           facts.driver);
    printf("\"mac\":\"%02x:%02x:%02x:%02x:%02x:%02x\",\"mtu\":%u,\"queues\":%u,", mac[0], mac[1],
           mac[2], mac[3], mac[4], mac[5], config->mtu, config->queues);
    printf("\"link\":%s,\"mbps\":%lld,", link.up ? "true" : "false",
           link.mbps == UINT32_MAX ? -1LL : (long long)link.mbps);
    printf("\"rx_queues\":%u,\"tx_queues\":%u,", facts.rx_queues, facts.tx_queues);
    printf("\"rx_descriptors\":%u,\"tx_descriptors\":%u,", facts.rx_descriptors,
           facts.tx_descriptors);
    printf("\"offloads\":%u,\"missing\":%u,", facts.offloads, facts.missing);
    printf("\"rx_mode\":\"%s\",\"tx_mode\":\"%s\",\"wakes\":%s", facts.rx_mode, facts.tx_mode,
           bp_nic_wait_fd(bp_nic_device(nic, 0)) >= 0 ? "true" : "false");
    print_limits(nic, facts.able);
    printf("}");
}

int bp_main_nics_report(void)
{
    printf("{\"format_version\":1,\"nics\":[");
    if (BP_HAS_NIC) {
        bp_main_nics_open();
        for (u32 i = 0; i < bp_nics_count(); i++) {
            printf("%s", i ? "," : "");
            print_nic(bp_nics_get(i));
        }
        bp_nics_close();
    }
    printf("]}\n");
    return 0;
}
