#include "socket/remote.h"
#include "base/host.h"
#include "memory/arena.h"
#include "net/tables.h"
#include "sched/hand.h"
#include "sched/process.h"
#include "sched/worker.h"
#include "socket/remote_udp.h"
#include "socket/sockopt.h"

#include <linux/tcp.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/syscall.h>

BP_STATIC_ASSERT(sizeof(struct bp_remote) <= 4 * 64, "memory/pool.def");
BP_STATIC_ASSERT(sizeof(struct bp_remote_call) <= 7 * 64, "memory/pool.def");
BP_STATIC_ASSERT(sizeof(struct tcp_info) <= BP_REMOTE_INFO_BYTES, "an answer holds it");

/* ---- inboxes ---- */

/* In the arena: any process may put an item in. */
struct inbox {
    struct bp_lock lock; /* after every lock of a file */
    bool owned, whole;
    bool resting; /* the owner is about to sleep, or sleeps */
    int doorbell; /* the owner's, the same in all processes */
    u32 served;   /* place of the process whose call the owner works at; 0: of none that counts */
    struct bp_list items;
} BP_ALIGNED(BP_CACHE_LINE);

static struct inbox *inboxes; /* by worker of the launcher's process */

int bp_remote_init(void)
{
    inboxes = bp_arena_alloc(BP_WORKERS_MAX * sizeof(*inboxes));
    if (!inboxes)
        return -ENOMEM;
    for (u32 i = 0; i < BP_WORKERS_MAX; i++)
        bp_list_init(&inboxes[i].items);
    return 0;
}

void bp_remote_own(u32 worker, bool whole)
{
    inboxes[worker].owned = true;
    inboxes[worker].whole = whole;
    inboxes[worker].doorbell = bp_workers[worker]->doorbell_fd;
}

void bp_remote_each_doorbell(void (*fn)(int fd, void *arg), void *arg)
{
    for (u32 i = 0; BP_HAS_NIC && i < BP_WORKERS_MAX; i++) {
        if (inboxes[i].owned)
            fn(inboxes[i].doorbell, arg);
    }
}

void bp_remote_rest(u32 worker, bool resting)
{
    WRITE_ONCE(inboxes[worker].resting, resting);
    bp_full_fence(); /* who puts an item in sees it, or the owner sees the item */
}

/* From a forked program. Pairs with bp_remote_rest. */
static void ring(const struct inbox *inbox)
{
    u64 one = 1;

    bp_full_fence();
    if (READ_ONCE(inbox->resting))
        bp_host(SYS_write, inbox->doorbell, &one, sizeof(one));
}

/* The owner looks before it sleeps, and whoever sleeps is woken. A program that computes is left to
 * the tick. */
static void wake_owner(u32 owner)
{
    if (bp_process_self)
        ring(&inboxes[owner]);
    else if (bp_workers[owner] == bp_this_worker())
        bp_this_worker()->service_due = true;
    else
        bp_worker_wake(bp_workers[owner]);
}

void bp_remote_put(struct bp_remote_item *item)
{
    struct inbox *inbox = &inboxes[item->owner];
    bool fresh;

    bp_lock(&inbox->lock);
    fresh = bp_list_empty(&item->node);
    if (fresh)
        bp_link_tail(&inbox->items, &item->node);
    bp_unlock(&inbox->lock);
    if (fresh)
        wake_owner(item->owner);
}

static struct bp_remote_call *call_of(struct bp_remote_item *item)
{
    return item->kind == BP_REMOTE_CALL ? container_of(item, struct bp_remote_call, item) : NULL;
}

bool bp_remote_has_items(u32 worker)
{
    return READ_ONCE(inboxes[worker].items.next) != &inboxes[worker].items;
}

struct bp_remote_item *bp_remote_take(u32 worker)
{
    struct inbox *inbox = &inboxes[worker];
    struct bp_remote_item *item = NULL;

    bp_lock(&inbox->lock);
    if (!bp_list_empty(&inbox->items)) {
        item = bp_list_first(&inbox->items, struct bp_remote_item, node);
        bp_list_del(&item->node);
        inbox->served = call_of(item) ? call_of(item)->place : 0;
    }
    bp_unlock(&inbox->lock);
    return item;
}

void bp_remote_forget(struct bp_remote_item *item)
{
    struct inbox *inbox = &inboxes[item->owner];

    bp_lock(&inbox->lock);
    bp_list_del(&item->node);
    bp_unlock(&inbox->lock);
}

void bp_remote_tell(struct bp_watch *watch)
{
    bp_remote_put(&container_of(watch, struct bp_remote, watch)->item);
}

/* ---- calls ---- */

/* In the thread's hand until it is freed. */
static struct bp_remote_call *new_call(enum bp_remote_op op, u32 owner)
{
    struct bp_remote_call *call = bp_buffer_get(BP_POOL_REMOTE_CALL);

    if (!call)
        return NULL;
    *call = (struct bp_remote_call){.item = {.kind = BP_REMOTE_CALL, .owner = owner}, .op = op};
    bp_list_init(&call->item.node);
    return call;
}

/* Nobody waits: the call is the owner's. */
static void tell(struct bp_remote_call *call)
{
    struct inbox *inbox = &inboxes[call->item.owner];

    bp_lock(&inbox->lock);
    bp_link_tail(&inbox->items, &call->item.node);
    bp_hand_put(call);
    bp_unlock(&inbox->lock);
    wake_owner(call->item.owner);
}

/* Waits for the answer, which comes at the owner's next turn. The call stays the caller's. */
static long ask(struct bp_remote_call *call)
{
    call->caller = bp_thread_ref(bp_current());
    call->place = bp_process_self;
    bp_park_begin();
    bp_remote_put(&call->item);
    while (!bp_load_acquire(&call->done)) {
        bp_park_uninterruptible(BP_NEVER);
        bp_park_begin();
    }
    bp_park_cancel();
    return call->result;
}

static long ask_and_free(struct bp_remote_call *call)
{
    long ret = ask(call);

    bp_buffer_put(BP_POOL_REMOTE_CALL, call);
    return ret;
}

/* Last: until now, nobody buries the caller. */
static void let_go(u32 worker)
{
    bp_store_release(&inboxes[worker].served, 0);
}

void bp_remote_answer(u32 worker, struct bp_remote_call *call, long result)
{
    bp_ref caller = call->caller;

    if (caller == BP_NO_REF) {
        bp_pool_put(BP_POOL_REMOTE_CALL, call);
        return;
    }
    call->result = result;
    bp_store_release(&call->done, 1);
    bp_unpark_ref(caller);
    let_go(worker);
}

void bp_remote_pass_on(u32 worker, struct bp_remote_call *call)
{
    bp_remote_put(&call->item);
    let_go(worker);
}

/* Takes calls back that their owner has not begun. True: one of them was there, or is worked at. */
static bool take_back(struct inbox *inbox, u32 place)
{
    bool any;

    bp_lock(&inbox->lock);
    any = inbox->served == place;
    bp_list_for_each_safe (node, &inbox->items) {
        struct bp_remote_call *call = call_of(bp_list_entry(node, struct bp_remote_item, node));

        if (call && call->place == place) {
            bp_unlink(node);
            any = true;
        }
    }
    bp_unlock(&inbox->lock);
    return any;
}

void bp_remote_bury(u32 place)
{
    bool any = BP_HAS_NIC;

    while (any) { /* a call that is passed on may come to an inbox that was looked into already */
        any = false;
        for (u32 i = 0; i < BP_WORKERS_MAX; i++)
            any |= inboxes[i].owned && take_back(&inboxes[i], place);
        if (any)
            bp_host(SYS_sched_yield);
    }
    for (u32 i = 0; BP_HAS_NIC && i < BP_WORKERS_MAX; i++) {
        if (inboxes[i].owned && bp_remote_has_items(i))
            wake_owner(i); /* the dead one may not have come to it */
    }
}

/* ---- the way ---- */

bool bp_remote_is_own(const struct bp_inet_addr *addr)
{
    struct bp_ip_addr ip = bp_remote_ip(addr);

    for (u32 i = 0; BP_HAS_NIC && i < bp_net_tables.address_count; i++) {
        if (bp_ip_equal(&bp_net_tables.addresses[i].prefix.addr, &ip))
            return true;
    }
    return false;
}

static bool has_address_of(bool v4)
{
    for (u32 i = 0; BP_HAS_NIC && i < bp_net_tables.address_count; i++) {
        if (bp_ip_is_v4(&bp_net_tables.addresses[i].prefix.addr) == v4)
            return true;
    }
    return false;
}

/* Groups are joined on NICs where no interface is named, and so they are sent to. */
static bool is_on_the_way(const struct bp_ip_addr *ip)
{
    if (bp_ip_is_multicast(ip))
        return has_address_of(bp_ip_is_v4(ip));
    for (u32 i = 0; BP_HAS_NIC && i < bp_net_tables.address_count; i++) {
        if (bp_ip_in_prefix(ip, &bp_net_tables.addresses[i].prefix))
            return true;
    }
    for (u32 i = 0; BP_HAS_NIC && i < bp_net_tables.route_count; i++) {
        if (bp_ip_in_prefix(ip, &bp_net_tables.routes[i].destination))
            return true;
    }
    return false;
}

bool bp_remote_reaches(const struct bp_inet_addr *addr, const struct bp_inet_addr *from)
{
    struct bp_ip_addr ip = bp_remote_ip(addr);

    return is_on_the_way(&ip) && (bp_inet_is_any(from) || bp_remote_is_own(from));
}

/* The own worker when it can be, so that a flow stays with its program. */
u32 bp_remote_owner_here(void)
{
    u32 here = bp_process_self ? 0 : bp_cpu();

    while (!inboxes[here].whole)
        here = (here + 1) % BP_WORKERS_MAX;
    return here;
}

/* ---- connections ---- */

long bp_remote_connect(struct bp_file *file, const struct bp_inet_addr *target)
{
    struct bp_remote_call *call = new_call(BP_REMOTE_CONNECT, bp_remote_owner_here());

    if (!call)
        return -ENOBUFS;
    file[1].sock.inet.local = *target;
    call->file = file;
    return ask_and_free(call);
}

void bp_remote_abandon(struct bp_file *file)
{
    struct bp_file *wire = file + 1;

    bp_lock(&wire->lock);
    wire->state |= BP_STATE_PEER_GONE;
    bp_notify(wire, BP_EVENTS_ALWAYS);
    bp_unlock(&wire->lock);
}

/* ---- UDP ---- */

long bp_remote_ask_udp(enum bp_remote_op op, struct bp_remote_udp *udp,
                       const struct bp_ip_addr *addr, const struct bp_ip_addr *at)
{
    struct bp_remote_call *call = new_call(op, udp->item.owner);

    if (!call)
        return -ENOBUFS;
    call->udp = udp;
    if (addr)
        call->addr = *addr;
    if (at)
        call->at = *at;
    return ask_and_free(call);
}

/* ---- listeners ---- */

static struct bp_remote_call *listener_call(enum bp_remote_op op, u32 owner, struct bp_file *file)
{
    struct bp_remote_call *call = new_call(op, owner);

    if (!call)
        return NULL;
    call->file = file;
    call->addr = bp_remote_ip(&file->sock.inet.local);
    call->port = file->sock.inet.local.port;
    call->v6only = bp_sock_bool(file, BP_SOCK_V6ONLY);
    if (file->sock.family == AF_INET && bp_inet_is_any(&file->sock.inet.local))
        call->addr = BP_IP_ANY4;
    return call;
}

static void unlisten_below(struct bp_file *file, u32 end)
{
    for (u32 i = 0; i < end; i++) {
        struct bp_remote_call *call =
            inboxes[i].owned ? listener_call(BP_REMOTE_UNLISTEN, i, file) : NULL;

        if (call)
            tell(call);
    }
}

long bp_remote_listen(struct bp_file *file, u32 backlog)
{
    for (u32 i = 0; i < BP_WORKERS_MAX; i++) {
        struct bp_remote_call *call;
        long ret;

        if (!inboxes[i].owned)
            continue;
        call = listener_call(BP_REMOTE_LISTEN, i, file);
        if (call)
            call->backlog = backlog;
        ret = call ? ask_and_free(call) : -ENOBUFS;
        if (ret) {
            unlisten_below(file, i);
            return ret;
        }
    }
    return 0;
}

void bp_remote_unlisten(struct bp_file *file)
{
    unlisten_below(file, BP_WORKERS_MAX);
}

void bp_remote_listener_changed(struct bp_file *file)
{
    for (u32 i = 0; i < BP_WORKERS_MAX; i++) {
        struct bp_remote_call *call =
            inboxes[i].owned ? listener_call(BP_REMOTE_LISTEN_OPTIONS, i, file) : NULL;

        if (call)
            ask_and_free(call);
    }
}

/* ---- options ---- */

/* A call about the flow of a connection. NULL: there is no flow any more, or no memory. */
static struct bp_remote_call *flow_call(enum bp_remote_op op, struct bp_file *file)
{
    struct bp_remote *remote = READ_ONCE(file->peer->sock.remote);
    struct bp_remote_call *call = remote ? new_call(op, remote->item.owner) : NULL;

    if (call)
        call->file = file;
    return call;
}

void bp_remote_options_changed(struct bp_file *file)
{
    struct bp_remote_call *call = flow_call(BP_REMOTE_OPTIONS, file);

    if (call) /* without memory the flow goes on as it did */
        ask_and_free(call);
}

long bp_remote_info(struct bp_file *file, struct tcp_info *info)
{
    struct bp_remote_call *call = flow_call(BP_REMOTE_INFO, file);
    long ret;

    if (!call)
        return -ENOTCONN;
    ret = ask(call);
    memcpy(info, call->info, sizeof(*info));
    bp_buffer_put(BP_POOL_REMOTE_CALL, call);
    return ret;
}
