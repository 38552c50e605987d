#include "net/tx_batch.h"

#include "net/net.h"

#include <errno.h>

void bp_tx_flush(struct bp_net *net)
{
    struct bp_tx_batch *tx = &net->tx;
    u32 count = tx->count, sent;

    if (!count)
        return;
    tx->count = 0;
    sent = bp_device_transmit(tx->device, tx->packets, count);
    for (; unlikely(sent < count); sent++)
        bp_net_drop(net, tx->packets[sent], BP_DROP_TX_FULL);
}

int bp_tx(struct bp_net *net, struct bp_device *device, struct bp_packet *frame)
{
    struct bp_tx_batch *tx = &net->tx;

    if (!tx->holds) {
        if (likely(bp_device_transmit(device, &frame, 1) == 1))
            return 0;
        bp_net_drop(net, frame, BP_DROP_TX_FULL);
        return -ENOBUFS;
    }
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
