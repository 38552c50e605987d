/* Round-trip time and retransmission timeout (RFC 6298, with Linux's minimum of 200 ms). */
#include "net/tcp_flow.h"

void bp_tcp_rtt_sample(struct bp_tcp_flow *flow, u32 us)
{
    us = BP_MAX(us, 1u);
    bp_tcp_hystart_sample(flow, us);
    if (!flow->min_rtt_us || us < flow->min_rtt_us)
        flow->min_rtt_us = us;
    if (!flow->srtt_us) {
        flow->srtt_us = us;
        flow->rttvar_us = us / 2;
    } else {
        u32 off = us > flow->srtt_us ? us - flow->srtt_us : flow->srtt_us - us;

        flow->rttvar_us += (s32)(off - flow->rttvar_us) / 4;
        flow->srtt_us += (s32)(us - flow->srtt_us) / 8;
    }
    flow->srtt_us = BP_MAX(flow->srtt_us, 1u);
    u64 rto = flow->srtt_us + (u64)BP_MAX(4 * flow->rttvar_us, (u32)BP_TCP_RTO_MIN_US);
    flow->rto_us = (u32)BP_MIN(rto, (u64)BP_TCP_RTO_MAX_US);
}

u32 bp_tcp_rto(const struct bp_tcp_flow *flow)
{
    u64 rto = (u64)flow->rto_us << BP_MIN(flow->backoff, (u8)10);

    return (u32)BP_MIN(rto, (u64)BP_TCP_RTO_MAX_US);
}
