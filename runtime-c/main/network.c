#include "main/network.h"
#include "base/log.h"
#include "bp_config.h"
#include "nic/nic.h"
#include "remote/stack.h"

#include <stdarg.h>

/* What does not fit is left out; nothing is, by far, with the sizes that control.c gives. */
struct text {
    char *at;
    u32 left;
};

static void BP_PRINTF(2, 3) put(struct text *text, const char *fmt, ...)
{
    va_list args;
    int len;

    va_start(args, fmt);
    len = bp_vsnprintf(text->at, text->left, fmt, args);
    va_end(args);
    len = BP_MIN(len, (int)text->left - 1);
    text->at += len;
    text->left -= (u32)len;
}

static void put_queue(struct text *text, struct bp_nic *nic, u32 queue)
{
    struct bp_device_traffic traffic = bp_nic_traffic(bp_nic_device(nic, queue));

    put(text, "%s{\"queue\":%u,\"worker\":%u,", queue ? "," : "", queue,
        bp_nic_config(nic)->queue[queue].worker);
    put(text, "\"rxPackets\":%llu,\"rxBytes\":%llu,\"txPackets\":%llu,\"txBytes\":%llu,",
        (unsigned long long)traffic.rx_packets, (unsigned long long)traffic.rx_bytes,
        (unsigned long long)traffic.tx_packets, (unsigned long long)traffic.tx_bytes);
    put(text, "\"txFull\":%llu}", (unsigned long long)traffic.tx_full);
}

static void put_nic(struct text *text, struct bp_nic *nic)
{
    const struct bp_nic_config *config = bp_nic_config(nic);
    struct bp_nic_link link = bp_nic_link(nic);
    struct bp_nic_counters counters = {0};

    bp_nic_counters(nic, &counters); /* a driver that counts nothing tells of nothing lost */
    put(text, "{\"name\":\"%s\",\"model\":\"%s\",\"link\":%s,", config->name, config->model,
        link.up ? "true" : "false");
    put(text, "\"linkLosses\":%u,", link.losses);
    put(text, "\"drops\":{\"rxMissed\":%llu,\"rxNoBuffer\":%llu,\"rxErrors\":%llu,",
        (unsigned long long)counters.rx_missed, (unsigned long long)counters.rx_no_buffer,
        (unsigned long long)counters.rx_errors);
    put(text, "\"txErrors\":%llu,\"txRefused\":%llu},\"queues\":[",
        (unsigned long long)counters.tx_errors, (unsigned long long)counters.tx_refused);
    for (u32 i = 0; i < config->queues; i++)
        put_queue(text, nic, i);
    put(text, "]}");
}

static void put_count(struct text *text, const char *name, u64 value, const char **comma)
{
    if (!value)
        return;
    put(text, "%s\"%s\":%llu", *comma, name, (unsigned long long)value);
    *comma = ",";
}

static void put_stack(struct text *text, const struct bp_stack *stack)
{
    const struct bp_tcp_stats *stats = &stack->tcp.tcp.stats;
    const char *comma = "";

    put(text, "{\"worker\":%u,\"connections\":%u,\"drops\":{", stack->worker, stack->tcp.tcp.flows);
    for (u32 i = 0; i < BP_DROPS; i++)
        put_count(text, bp_drop_texts[i].name, READ_ONCE(stack->net.drops[i]), &comma);
    put(text, "},\"tcp\":{");
    comma = "";
#define BP_TCP_STAT(name) put_count(text, #name, READ_ONCE(stats->name), &comma);
#include "net/tcp_stats.def"
#undef BP_TCP_STAT
    put(text, "}}");
}

static void put_stacks(struct text *text)
{
    const char *comma = "";

    for (u32 i = 0; i < bp_nr_workers; i++) {
        const struct bp_stack *stack = bp_remote_stack(i);

        if (!stack || !stack->started)
            continue;
        put(text, "%s", comma);
        put_stack(text, stack);
        comma = ",";
    }
}

u32 bp_main_network_print(char *buffer, u32 size)
{
    struct text text = {buffer, size};

    put(&text, "{\"format_version\":1,\"nics\":[");
    for (u32 i = 0; BP_HAS_NIC && i < bp_nics_count(); i++) {
        put(&text, "%s", i ? "," : "");
        put_nic(&text, bp_nics_get(i));
    }
    put(&text, "],\"workers\":[");
    if (BP_HAS_NIC)
        put_stacks(&text);
    put(&text, "]}\n");
    return (u32)(text.at - buffer);
}
