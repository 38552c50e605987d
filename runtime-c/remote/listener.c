/*
 * Ports on which programs listen. The stack knows of one listener for each address and port,
 * however many sockets share them: who gets a connection is decided when it is complete, as for
 * local ones.
 */
#include "memory/pool.h"
#include "remote/options.h"
#include "remote/stack.h"
#include "socket/inet.h"

#include <errno.h>
#include <stdlib.h>

struct port {
    struct bp_list node; /* in bp_stack.ports */
    struct bp_tcp_listener listener;
    struct bp_stack *stack;
    u32 users;
};

static enum bp_tcp_room room(void *user)
{
    struct port *port = user;
    struct bp_inet_addr addr = bp_remote_inet(&port->listener.addr, port->listener.port);

    long ret = bp_inet_room(&addr);

    return ret < 0 ? BP_TCP_NOBODY : ret ? BP_TCP_ROOM : BP_TCP_FULL;
}

static bool accepted(void *user, struct bp_tcp_flow *flow)
{
    struct port *port = user;

    return bp_remote_flow_accept(port->stack, flow);
}

static const struct bp_tcp_listener_ops listener_ops = {.room = room, .accepted = accepted};

static struct port *find(struct bp_stack *stack, const struct bp_remote_call *call)
{
    bp_list_for_each (node, &stack->ports) {
        struct port *port = bp_list_entry(node, struct port, node);

        if (port->listener.port == call->port && bp_ip_equal(&port->listener.addr, &call->addr))
            return port;
    }
    return NULL;
}

long bp_remote_port_listen(struct bp_stack *stack, struct bp_remote_call *call)
{
    struct bp_tcp_options options;
    struct port *port = find(stack, call);
    long ret;

    if (port) {
        port->users++;
        return 0;
    }
    bp_remote_options(call->file, &options);
    port = calloc(1, sizeof(*port));
    if (!port)
        return -ENOBUFS;
    port->stack = stack;
    port->users = 1;
    options.v6only = call->v6only;
    ret = bp_tcp_listen(&stack->tcp.tcp, &port->listener, &call->addr, call->port,
                        BP_MAX(call->backlog, 1u), &options, &listener_ops, port);
    if (ret)
        free(port);
    else
        bp_list_add_tail(&stack->ports, &port->node);
    return ret;
}

/* Of what is half open, and of what is answered from now on; the last of several sockets counts. */
long bp_remote_port_options(struct bp_stack *stack, struct bp_remote_call *call)
{
    struct port *port = find(stack, call);
    struct bp_tcp_options options;

    if (!port)
        return 0;
    bp_remote_options(call->file, &options);
    options.v6only = port->listener.options.v6only;
    port->listener.options = options;
    return 0;
}

long bp_remote_port_unlisten(struct bp_stack *stack, struct bp_remote_call *call)
{
    struct port *port = find(stack, call);

    if (!port || --port->users)
        return 0;
    bp_tcp_unlisten(&stack->tcp.tcp, &port->listener);
    bp_list_del(&port->node);
    free(port);
    return 0;
}
