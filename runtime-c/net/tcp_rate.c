/*
 * How fast data arrive at the peer (draft-ietf-ccwg-bbr, delivery rate samples): each transmission
 * remembers how much had arrived until then; when it is acknowledged, what has arrived since, over
 * the time that took, is a sample. Times are in microseconds and wrap; only differences count.
 */
#include "net/tcp_flow.h"

static u32 now_us(const struct bp_tcp *tcp)
{
    return (u32)(tcp->now / 1000);
}

/* Before the record is in flight: the clock starts with the first after silence. */
void bp_tcp_rate_sent(struct bp_tcp_flow *flow, struct bp_tcp_sent *sent)
{
    struct bp_tcp_rate *rate = &flow->rate;

    if (bp_list_empty(&flow->flight->sent))
        rate->first_sent_us = rate->delivered_us = now_us(flow->tcp);
    sent->rate = (struct bp_tcp_rate_stamp){
        .delivered = rate->delivered,
        .delivered_us = rate->delivered_us,
        .first_sent_us = rate->first_sent_us,
    };
    sent->app_limited = rate->app_limited;
}

/* The sample is of the latest transmission that an acknowledgement tells of. */
void bp_tcp_rate_arrived(struct bp_tcp_flow *flow, const struct bp_tcp_sent *sent, u32 bytes,
                         struct bp_tcp_rate_sample *sample)
{
    const struct bp_tcp_rate_stamp *stamp = &sent->rate;
    u32 sent_us = (u32)(sent->when / 1000), elapsed = sent_us - stamp->first_sent_us;

    flow->rate.delivered += bytes;
    flow->rate.delivered_us = now_us(flow->tcp);
    if (sample->known &&
        (bp_seq_before(stamp->delivered, sample->stamp.delivered) ||
         (stamp->delivered == sample->stamp.delivered && elapsed < sample->send_us)))
        return;
    sample->known = true;
    sample->app_limited = sent->app_limited;
    sample->stamp = *stamp;
    sample->send_us = elapsed;
    flow->rate.first_sent_us = sent_us;
}

/* All that the acknowledgement told is counted. A sample over less than a round trip is a burst of
 * acknowledgements, and says nothing. */
void bp_tcp_rate_finish(struct bp_tcp_flow *flow, struct bp_tcp_rate_sample *sample)
{
    struct bp_tcp_rate *rate = &flow->rate;
    u32 interval;

    if (rate->app_limited && bp_seq_after(rate->delivered, rate->app_limited_until))
        rate->app_limited = false;
    if (!sample->known)
        return;
    interval = BP_MAX(sample->send_us, rate->delivered_us - sample->stamp.delivered_us);
    if (!interval || interval < flow->min_rtt_us)
        return;
    sample->bytes_per_s = (u64)(rate->delivered - sample->stamp.delivered) * 1000000 / interval;
    if (sample->bytes_per_s >= rate->bytes_per_s || !sample->app_limited) {
        rate->bytes_per_s = sample->bytes_per_s;
        rate->of_app_limited = sample->app_limited;
    }
}

/* The user has given no more to send than what is in flight: until that has arrived, samples are
 * of the user's speed and not of the path's. */
void bp_tcp_rate_app_limited(struct bp_tcp_flow *flow)
{
    flow->rate.app_limited = true;
    flow->rate.app_limited_until = flow->rate.delivered + bp_tcp_pipe(flow);
}
