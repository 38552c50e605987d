/* What a worker's network adds to a survey of all sockets. */
#include "remote/stack.h"
#include "socket/remote_udp.h"

#include <netinet/in.h>

enum {
    UDP_PLACE = 1u << 31, /* in *next: connections are done, the rest is a bucket of UDP */
};

struct look {
    struct bp_survey *survey;
    const struct bp_stack *stack;
};

static const char *const congestions[] = {
#define BP_TCP_ALGORITHM(id, name) [BP_TCP_##id] = #name,
#include "net/tcp_congestion.def"
#undef BP_TCP_ALGORITHM
};

static void set_ends(struct bp_survey_record *record, const struct bp_ip_addr *local,
                     u16 local_port, const struct bp_ip_addr *remote, u16 remote_port)
{
    memcpy(record->local, local, sizeof(record->local));
    memcpy(record->remote, remote, sizeof(record->remote));
    record->local_port = local_port;
    record->remote_port = remote_port;
}

static void add_connection(const struct bp_tcp_sight *sight, void *arg)
{
    const struct look *look = arg;
    struct bp_survey_record *record = bp_survey_add(look->survey);

    if (!record)
        return;
    *record = (struct bp_survey_record){
        .ipv6 = !bp_ip_is_v4(&sight->key->local),
        .protocol = IPPROTO_TCP,
        .state = (u8)sight->state,
        .place = BP_SURVEY_NIC,
        .worker = look->stack->worker,
    };
    set_ends(record, &sight->key->local, sight->key->local_port, &sight->key->remote,
             sight->key->remote_port);
    if (!sight->flow)
        return;
    bp_tcp_info(sight->flow, &record->info);
    bp_snprintf(record->congestion, sizeof(record->congestion), "%s",
                congestions[sight->congestion]);
    if (sight->user)
        bp_remote_flow_survey(sight->user, record);
}

static void add_udp(const struct look *look, const struct bp_remote_udp *udp)
{
    struct bp_survey_record *record = bp_survey_add(look->survey);
    const struct bp_udp_endpoint *endpoint = &udp->endpoint;

    if (!record)
        return;
    *record = (struct bp_survey_record){
        .ipv6 = udp->family == AF_INET6,
        .protocol = IPPROTO_UDP,
        .state = endpoint->remote_port ? BP_TCP_ESTABLISHED : BP_TCP_CLOSED,
        .place = BP_SURVEY_NIC,
        .receive_queue = bp_fifo_used(&udp->in),
        .send_queue = bp_fifo_used(&udp->out),
        .worker = look->stack->worker,
    };
    set_ends(record, &endpoint->local, endpoint->local_port, &endpoint->remote,
             endpoint->remote_port);
}

/* Buckets from `from` on; returns the next, or 0. */
static u32 each_udp(const struct look *look, u32 from)
{
    const struct bp_udp *udp = &look->stack->udp;
    u32 seen = 0, at = from;

    for (; at < ARRAY_SIZE(udp->by_port) && seen < BP_SURVEY_SLICE; at++, seen++) {
        bp_list_for_each (node, &udp->by_port[at]) {
            const struct bp_udp_endpoint *endpoint =
                bp_list_entry(node, struct bp_udp_endpoint, by_port);

            add_udp(look, container_of(endpoint, struct bp_remote_udp, endpoint));
            seen++;
        }
    }
    return at < ARRAY_SIZE(udp->by_port) ? at : 0;
}

bool bp_remote_survey(u32 worker, struct bp_survey *survey, u32 *next)
{
    struct look look = {survey, bp_remote_stack(worker)};

    if (!look.stack || !look.stack->started)
        return true;
    if (*next & UDP_PLACE) {
        u32 at = each_udp(&look, *next & ~UDP_PLACE);

        *next = at | UDP_PLACE;
        return !at;
    }
    *next = bp_tcp_each(&look.stack->tcp.tcp, *next, BP_SURVEY_SLICE, add_connection, &look);
    if (!*next)
        *next = UDP_PLACE;
    return false;
}
