/*
 * Frames that wait to leave: for each other, since a driver's fixed cost is then paid once for all
 * of them, and for room in the device. What it does not take stays, in order, and is offered again
 * at the next flush; TCP sends nothing new meanwhile, so that it does not lose by its own speed.
 */
#ifndef BP_NET_TX_QUEUE_H
#define BP_NET_TX_QUEUE_H

#include "nic/device.h"

enum {
    BP_TX_BATCH = 32, /* leave without waiting for more */
    BP_TX_WAITING =
        128, /* beyond, frames are dropped; room for a burst of TCP's, and for answers */
};

struct bp_net;

/* A device's, which several interfaces (VLANs) may share. */
struct bp_tx_queue {
    struct bp_device *device; /* NULL: no such device */
    u32 count;
    bool full; /* the device did not take all of them */
    struct bp_packet *packets[BP_TX_WAITING];
};

/* Sends a whole frame, now or while the net is held at the latest at its release. Takes over the
 * frame. Returns 0 or -ENOBUFS (it was dropped: too many wait). */
int bp_tx(struct bp_net *net, struct bp_tx_queue *tx, struct bp_packet *frame);

/* Drops all that wait. */
void bp_tx_stop(struct bp_net *net);

#endif
