/* Frames that wait to leave together: a driver's fixed cost is paid once for all of them. */
#ifndef BP_NET_TX_BATCH_H
#define BP_NET_TX_BATCH_H

#include "nic/device.h"

enum {
    BP_TX_BATCH = 32,
};

struct bp_net;

struct bp_tx_batch {
    struct bp_device *device; /* all of them leave by it */
    u32 count;
    u32 holds; /* bp_net_hold without bp_net_release */
    struct bp_packet *packets[BP_TX_BATCH];
};

/* Sends a whole frame, or keeps it while the batch is held. Takes over the frame. Returns 0 or
 * -ENOBUFS (the device has no room). */
int bp_tx(struct bp_net *net, struct bp_device *device, struct bp_packet *frame);

/* Sends all that wait. */
void bp_tx_flush(struct bp_net *net);

#endif
