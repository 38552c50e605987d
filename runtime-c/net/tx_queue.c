#include "net/tx_queue.h"

#include "net/net.h"

#include <errno.h>

static void flush(struct bp_net *net, struct bp_tx_queue *tx)
{
    u32 sent = bp_device_transmit(tx->device, tx->packets, tx->count);
    bool was_full = tx->full;

    tx->count -= sent;
    tx->full = tx->count;
    if (likely(!was_full && !tx->full))
        return;
    net->tx_full = net->tx_full + tx->full - was_full;
    tx->device->traffic.tx_full += !was_full;
    memmove(tx->packets, tx->packets + sent, tx->count * sizeof(tx->packets[0]));
}

int bp_tx(struct bp_net *net, struct bp_tx_queue *tx, struct bp_packet *frame)
{
    struct bp_device_traffic *traffic = &tx->device->traffic;

    if (unlikely(tx->count == BP_TX_WAITING)) {
        bp_net_drop(net, frame, BP_DROP_TX_FULL);
        return -ENOBUFS;
    }
    traffic->tx_packets++; /* before it is the driver's */
    traffic->tx_bytes += frame->total;
    tx->packets[tx->count++] = frame;
    if (!net->tx_holds || (tx->count >= BP_TX_BATCH && !tx->full))
        flush(net, tx);
    return 0;
}

void bp_net_hold(struct bp_net *net)
{
    net->tx_holds++;
}

void bp_net_release(struct bp_net *net)
{
    BP_BUG_ON(!net->tx_holds);
    if (--net->tx_holds)
        return;
    for (u32 i = 0; i < net->interface_count; i++)
        if (net->tx[i].count)
            flush(net, &net->tx[i]);
}

void bp_tx_stop(struct bp_net *net)
{
    for (u32 i = 0; i < net->interface_count; i++)
        while (net->tx[i].count)
            bp_net_drop(net, net->tx[i].packets[--net->tx[i].count], BP_DROP_TX_FULL);
}
