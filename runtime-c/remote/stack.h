/*
 * The network of one worker: its queues, its stack, and what programs ask of it (socket/remote.h).
 * All of it runs in the worker's own context, where vector registers are free; nothing locks but
 * what lies in the arena.
 */
#ifndef BP_REMOTE_STACK_H
#define BP_REMOTE_STACK_H

#include "bp_config.h"
#include "net/ip_tcp.h"
#include "net/steer.h"
#include "net/udp.h"
#include "nic/nic.h"
#include "sched/worker.h"
#include "socket/remote.h"
#include "socket/survey.h"

struct bp_stack {
    struct bp_service service;
    u32 worker;
    bool started;
    bool polls; /* a device has nothing to sleep on, or the policy is to poll */
    struct bp_device *devices[BP_NET_INTERFACES_MAX]; /* one queue of each NIC that it serves */
    u8 nics[BP_NET_INTERFACES_MAX];                   /* index of each */
    u32 burst[BP_NET_INTERFACES_MAX];
    u32 device_count;
    u32 packets;                      /* of all their pools */
    struct bp_steering *steering;     /* NULL: no other worker has a stack */
    u64 told_dropped, told_conflicts; /* what the statistics know of */
    struct bp_net net;
    struct bp_ip_tcp tcp;
    struct bp_udp udp;
    struct bp_list ports; /* struct port of listener.c */
};

/* A zeroed stack, without queues yet, for a worker that does not run yet. */
void bp_stack_init(struct bp_stack *stack, u32 worker);

/*
 * Gives each worker that has a queue its network, which starts at the worker's first turn. In the
 * launcher, after the NICs are up and the workers prepared, before they run. Ends the process with
 * a message when memory is denied.
 */
void bp_remote_start(void);

/* The network of a worker, or NULL. */
struct bp_stack *bp_remote_stack(u32 worker);

/* The next slice of the connections and UDP sockets of that worker's network, as bp_survey_local.
 * In the worker's own context. */
bool bp_remote_survey(u32 worker, struct bp_survey *survey, u32 *next);

/* Connections of all workers that are not over yet, TIME_WAIT aside. Any thread, at any moment. */
u32 bp_remote_open_flows(void);

/* ---- tell.c ---- */

/* Brings the worker's row of statistics up to date; says it when an address is not ours alone. */
void bp_stack_tell(struct bp_stack *stack);

/* ---- flow.c ---- */

/* Looks at what the program has done with its half of a connection. */
void bp_remote_flow_look(struct bp_remote *remote);

/* What both halves hold. */
void bp_remote_flow_survey(const struct bp_remote *remote, struct bp_survey_record *record);

enum {
    BP_REMOTE_MOVED = 1, /* result of an operation: it is another worker's, whose number is in the
                            call now */
};

/* bp_remote_op. */
long bp_remote_flow_connect(struct bp_stack *stack, struct bp_remote_call *call);
long bp_remote_flow_options(struct bp_stack *stack, struct bp_remote_call *call);
long bp_remote_flow_info(struct bp_stack *stack, struct bp_remote_call *call);

/* Makes a pair for a flow that has been accepted and gives it to a program that listens. False:
 * nobody takes it. */
bool bp_remote_flow_accept(struct bp_stack *stack, struct bp_tcp_flow *flow);

/* ---- udp.c ---- */

/* Sends what a program's socket has queued, and ends it when it is closed. */
struct bp_remote_udp;
void bp_remote_udp_look(struct bp_stack *stack, struct bp_remote_udp *udp);

long bp_remote_udp_do_bind(struct bp_stack *stack, struct bp_remote_call *call);
long bp_remote_udp_do_connect(struct bp_stack *stack, struct bp_remote_call *call);
long bp_remote_udp_do_join(struct bp_stack *stack, struct bp_remote_call *call);
long bp_remote_udp_do_leave(struct bp_stack *stack, struct bp_remote_call *call);

/* ---- listener.c ---- */

long bp_remote_port_listen(struct bp_stack *stack, struct bp_remote_call *call);
long bp_remote_port_options(struct bp_stack *stack, struct bp_remote_call *call);
long bp_remote_port_unlisten(struct bp_stack *stack, struct bp_remote_call *call);

#endif
