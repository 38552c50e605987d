#include "net/tx_batch.h"

#include "net/net.h"

#include <errno.h>

static void drop(struct bp_net *net, struct bp_device *device, struct bp_packet *frame)
{
    device->traffic.tx_packets--;
    device->traffic.tx_bytes -= frame->total;
    bp_net_drop(net, frame, BP_DROP_TX_FULL);
}

/* Returns how many have left; the others are dropped. */
static u32 transmit(struct bp_net *net, struct bp_device *device, struct bp_packet **frames,
                    u32 count)
{
    u32 sent = bp_device_transmit(device, frames, count);

    if (unlikely(sent < count))
        device->traffic.tx_full++;
    for (u32 i = sent; unlikely(i < count); i++)
        drop(net, device, frames[i]);
    return sent;
}

void bp_tx_flush(struct bp_net *net)
{
    struct bp_tx_batch *tx = &net->tx;
    u32 count = tx->count;

    if (!count)
        return;
    tx->count = 0;
    transmit(net, tx->device, tx->packets, count);
}

int bp_tx(struct bp_net *net, struct bp_device *device, struct bp_packet *frame)
{
    struct bp_tx_batch *tx = &net->tx;

    device->traffic.tx_packets++; /* before it is the driver's */
    device->traffic.tx_bytes += frame->total;
    if (!tx->holds)
        return transmit(net, device, &frame, 1) ? 0 : -ENOBUFS;
    if (unlikely(tx->count == BP_TX_BATCH || tx->device != device))
        bp_tx_flush(net);
    tx->device = device;
    tx->packets[tx->count++] = frame;
    return 0;
}

void bp_net_hold(struct bp_net *net)
{
    net->tx.holds++;
}

void bp_net_release(struct bp_net *net)
{
    BP_BUG_ON(!net->tx.holds);
    if (--net->tx.holds == 0)
        bp_tx_flush(net);
}
