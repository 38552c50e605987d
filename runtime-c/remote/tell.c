/* What the stack counts and notices, for the statistics and the log. */
#include "base/log.h"
#include "base/stats.h"
#include "remote/stack.h"

#include <arpa/inet.h>

enum {
    FIRST_DROP = BP_STAT_ADDRESS_CONFLICTS + 1, /* in the order of net/drop.def */
};

BP_STATIC_ASSERT(FIRST_DROP + BP_DROPS == BP_WORKER_STATS, "base/stats.def ends with all drops");

static void print_address(const struct bp_ip_addr *addr, char text[INET6_ADDRSTRLEN])
{
    bool v4 = bp_ip_is_v4(addr);

    inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? &addr->bytes[12] : addr->bytes, text, INET6_ADDRSTRLEN);
}

/* The first one; afterwards the counter tells. */
static void tell_conflict(const struct bp_net_conflict *conflict)
{
    const u8 *mac = conflict->mac;
    char text[INET6_ADDRSTRLEN];

    print_address(&conflict->addr, text);
    bp_log("address %s is also used by another station, %02x:%02x:%02x:%02x:%02x:%02x; one of the "
           "two has to change it",
           text, mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
}

void bp_stack_tell(struct bp_stack *stack)
{
    const struct bp_net *net = &stack->net;
    u64 *stats = bp_percpu()->stats;

    stats[BP_STAT_HANDED_OVER] = net->handed_over;
    if (unlikely(stack->told_dropped != net->dropped)) {
        memcpy(&stats[FIRST_DROP], net->drops, sizeof(net->drops));
        stack->told_dropped = net->dropped;
    }
    if (unlikely(stack->told_conflicts != net->conflicts)) {
        if (!stack->told_conflicts)
            tell_conflict(&net->conflict);
        stats[BP_STAT_ADDRESS_CONFLICTS] = stack->told_conflicts = net->conflicts;
    }
}
