/* A look at a frame before any stack has it: to which flow it belongs. */
#ifndef BP_NET_FRAME_FLOW_H
#define BP_NET_FRAME_FLOW_H

#include "net/toeplitz.h"
#include "nic/packet.h"

/* What is hashed to find the owner. */
struct bp_frame_flow {
    u8 input[BP_TOEPLITZ_INPUT_MAX];
    u8 bytes; /* of input: addresses and ports, or addresses alone of a fragment */
    u8 protocol;
    bool plain; /* ports right behind an IP header: every NIC that hashes at all sees them too */
    u16 local_port; /* 0: a fragment */
};

/*
 * True for a frame to a single station with a fragment, or a segment or datagram with ports in it.
 * Looks at the first piece only; anything at all may be in the frame.
 */
bool bp_frame_flow(const struct bp_packet *frame, struct bp_frame_flow *flow);

#endif
