/* struct tcp_info of a flow, as the kernel would fill it. Bytes here are segments there. */
#include "net/tcp_flow.h"

#include <linux/tcp.h>

static u32 segments(const struct bp_tcp_flow *flow, u32 bytes)
{
    return flow->mss ? (bytes + flow->mss - 1) / flow->mss : 0;
}

static u8 option_bits(const struct bp_tcp_flow *flow)
{
    return (u8)((flow->timestamps ? TCPI_OPT_TIMESTAMPS : 0) | (flow->sack ? TCPI_OPT_SACK : 0) |
                (flow->wscale ? TCPI_OPT_WSCALE : 0) | (flow->ecn ? TCPI_OPT_ECN : 0));
}

static void fill_times(const struct bp_tcp_flow *flow, struct tcp_info *info)
{
    u32 now_ms = bp_tcp_now_ms(flow->tcp);

    info->tcpi_rto = flow->rto_us;
    info->tcpi_ato = BP_TCP_DELAYED_ACK_MS * 1000;
    info->tcpi_rtt = flow->srtt_us;
    info->tcpi_rttvar = flow->rttvar_us;
    info->tcpi_min_rtt = flow->min_rtt_us ? flow->min_rtt_us : UINT32_MAX;
    info->tcpi_last_data_sent = flow->last_data_sent_ms ? now_ms - flow->last_data_sent_ms : 0;
    info->tcpi_last_data_recv = now_ms - flow->last_data_received_ms;
    info->tcpi_last_ack_recv = now_ms - flow->last_ack_received_ms;
}

static void fill_flight(const struct bp_tcp_flow *flow, struct tcp_info *info)
{
    info->tcpi_unacked = segments(flow, bp_tcp_in_flight(flow));
    if (!flow->flight)
        return;
    info->tcpi_sacked = segments(flow, flow->flight->sacked);
    info->tcpi_lost = segments(flow, flow->flight->lost);
    info->tcpi_retrans = segments(flow, flow->flight->again);
}

/* Where nothing is paced, Linux tells what it would be: twice the window a round trip in slow
 * start, then 1.2 times. */
static u64 pacing_rate(const struct bp_tcp_flow *flow)
{
    u64 rate = bp_tcp_pacing_rate(flow);
    u32 percent = flow->cwnd < flow->ssthresh / 2 ? 200 : 120;

    if (rate)
        return rate;
    return flow->srtt_us ? (u64)flow->cwnd * percent * 10000 / flow->srtt_us : UINT64_MAX;
}

static void fill_counters(const struct bp_tcp_flow *flow, struct tcp_info *info)
{
    u32 busy_ms = flow->flight ? bp_tcp_now_ms(flow->tcp) - flow->flight->since_ms + flow->busy_ms
                               : flow->busy_ms;

    info->tcpi_total_retrans = flow->retransmitted_segs;
    info->tcpi_bytes_acked = flow->bytes_acked;
    info->tcpi_bytes_received = flow->bytes_received;
    info->tcpi_bytes_sent = flow->bytes_sent;
    info->tcpi_bytes_retrans = flow->bytes_retransmitted;
    info->tcpi_segs_out = flow->segs_out;
    info->tcpi_segs_in = flow->segs_in;
    info->tcpi_data_segs_out = flow->data_segs_out;
    info->tcpi_data_segs_in = flow->data_segs_in;
    info->tcpi_delivery_rate = flow->rate.bytes_per_s;
    info->tcpi_delivery_rate_app_limited = flow->rate.of_app_limited;
    info->tcpi_delivered = segments(flow, flow->rate.delivered);
    info->tcpi_pacing_rate = pacing_rate(flow);
    info->tcpi_max_pacing_rate = flow->options.pacing_max ? flow->options.pacing_max : UINT64_MAX;
    info->tcpi_busy_time = (u64)busy_ms * 1000;
    info->tcpi_notsent_bytes = bp_tcp_synchronized(flow) ? bp_tcp_unsent(flow) : 0;
    info->tcpi_dsack_dups = flow->dsacks;
    info->tcpi_reord_seen = flow->reorderings;
    info->tcpi_rcv_ooopack = flow->out_of_order;
    info->tcpi_rcv_rtt = flow->srtt_us;
}

void bp_tcp_info(const struct bp_tcp_flow *flow, struct tcp_info *info)
{
    *info = (struct tcp_info){
        .tcpi_state = flow->entry.state,
        .tcpi_ca_state = flow->congestion_state,
        .tcpi_retransmits = flow->backoff,
        .tcpi_backoff = flow->backoff,
        .tcpi_probes = flow->probes,
        .tcpi_options = option_bits(flow),
        .tcpi_snd_wscale = flow->send_wscale & 15,
        .tcpi_rcv_wscale = flow->receive_wscale & 15,
        .tcpi_snd_mss = flow->mss,
        .tcpi_rcv_mss = flow->rcv_mss,
        .tcpi_advmss = bp_tcp_max_segment(&flow->options, &flow->entry.key, flow->mtu),
        .tcpi_pmtu = flow->mtu,
        .tcpi_snd_cwnd = segments(flow, flow->cwnd),
        .tcpi_snd_ssthresh =
            flow->ssthresh == UINT32_MAX ? INT32_MAX : segments(flow, flow->ssthresh),
        .tcpi_rcv_ssthresh = flow->rcv_edge - flow->rcv_nxt,
        .tcpi_rcv_space = flow->rcv_room_max,
        .tcpi_snd_wnd = flow->snd_wnd,
        .tcpi_reordering = BP_TCP_DUP_THRESH,
    };
    fill_times(flow, info);
    fill_flight(flow, info);
    fill_counters(flow, info);
}
