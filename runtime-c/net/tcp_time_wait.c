/*
 * TIME-WAIT: a small record takes the flow's place for a minute, so that late segments meet someone
 * who knows better. All wait equally long, so one list in order of expiry and one timer do.
 */
#include "net/tcp_flow.h"

static void arm(struct bp_tcp *tcp)
{
    if (tcp->time_wait_timer.wheel || bp_list_empty(&tcp->time_waits))
        return;
    tcp->time_wait_timer.deadline =
        bp_list_first(&tcp->time_waits, struct bp_tcp_time_wait, node)->expires;
    bp_wheel_add(&tcp->wheel, &tcp->time_wait_timer);
}

void bp_tcp_time_wait_drop(struct bp_tcp *tcp, struct bp_tcp_time_wait *record)
{
    bp_list_del(&record->node);
    bp_tcp_remove(tcp, &record->entry);
    bp_tcp_put(tcp, BP_TCP_OBJECT_TIME_WAIT, record);
    tcp->time_wait_count--;
}

static void expire(struct bp_timer *timer)
{
    struct bp_tcp *tcp = container_of(timer, struct bp_tcp, time_wait_timer);

    while (!bp_list_empty(&tcp->time_waits)) {
        struct bp_tcp_time_wait *first =
            bp_list_first(&tcp->time_waits, struct bp_tcp_time_wait, node);

        if (first->expires > tcp->now)
            break;
        bp_tcp_time_wait_drop(tcp, first);
    }
    arm(tcp);
}

void bp_tcp_time_wait_init(struct bp_tcp *tcp)
{
    bp_list_init(&tcp->time_waits);
    bp_list_init(&tcp->time_wait_timer.node);
    tcp->time_wait_timer.fire = expire;
}

static void wait_from_now(struct bp_tcp *tcp, struct bp_tcp_time_wait *record)
{
    record->expires = tcp->now + (u64)BP_TCP_TIME_WAIT_MS * BP_TCP_MS;
    bp_list_add_tail(&tcp->time_waits, &record->node);
    arm(tcp);
}

static struct bp_tcp_time_wait *new_record(struct bp_tcp *tcp)
{
    if (tcp->time_wait_count >= tcp->config.time_waits_max) {
        tcp->stats.TCPTimeWaitOverflow++;
        if (bp_list_empty(&tcp->time_waits))
            return NULL;
        bp_tcp_time_wait_drop(tcp, bp_list_first(&tcp->time_waits, struct bp_tcp_time_wait, node));
    }
    return bp_tcp_get(tcp, BP_TCP_OBJECT_TIME_WAIT);
}

/* The last acknowledgement leaves, and the flow ends. Without memory there is no record: the peer's
 * FIN, were it repeated, would be refused. */
void bp_tcp_time_wait_enter(struct bp_tcp_flow *flow)
{
    struct bp_tcp *tcp = flow->tcp;
    struct bp_tcp_time_wait *record = new_record(tcp);

    if (flow->ack_now)
        bp_tcp_send_ack(flow);
    bp_tcp_end(flow, 0);
    if (!record)
        return;
    *record = (struct bp_tcp_time_wait){
        .entry = {.key = flow->entry.key, .kind = BP_TCP_KIND_TIME_WAIT},
        .snd_nxt = flow->snd_nxt,
        .rcv_nxt = flow->rcv_nxt,
        .window = (flow->rcv_edge - flow->rcv_nxt) >> flow->receive_wscale,
        .ts_recent = flow->ts_recent,
        .ts_recent_ms = flow->ts_recent_ms,
        .ts_offset = flow->ts_offset,
        .timestamps = flow->timestamps,
    };
    bp_tcp_insert(tcp, &record->entry);
    tcp->time_wait_count++;
    tcp->stats.TW++;
    wait_from_now(tcp, record);
}

static void acknowledge(struct bp_tcp *tcp, const struct bp_tcp_time_wait *record)
{
    struct bp_tcp_segment segment = {
        .flags = BP_TCP_ACK,
        .seq = record->snd_nxt,
        .ack = record->rcv_nxt,
        .window = BP_MIN(record->window, (u32)BP_TCP_UNSCALED_WINDOW_MAX),
    };

    if (record->timestamps) {
        segment.options = BP_TCP_HAS_TIMESTAMPS;
        segment.ts_value = bp_tcp_now_ms(tcp) + record->ts_offset;
        segment.ts_echo = record->ts_recent;
    }
    bp_tcp_send_bare(tcp, &record->entry.key, &segment, &(struct bp_tcp_path){0});
}

/* RFC 6191, and RFC 9293, 3.6.1: clearly newer, by time stamp or by number. */
static bool opens_anew(const struct bp_tcp_time_wait *record, const struct bp_tcp_segment *segment)
{
    if ((segment->flags & (BP_TCP_SYN | BP_TCP_ACK | BP_TCP_RST)) != BP_TCP_SYN)
        return false;
    if (record->timestamps && (segment->options & BP_TCP_HAS_TIMESTAMPS) &&
        segment->ts_value != record->ts_recent)
        return bp_seq_after(segment->ts_value, record->ts_recent);
    return bp_seq_after(segment->seq, record->rcv_nxt);
}

/* Resets are ignored: RFC 1337. */
bool bp_tcp_time_wait_input(struct bp_tcp *tcp, struct bp_tcp_time_wait *record,
                            const struct bp_tcp_segment *segment, u32 *iss_floor)
{
    if (opens_anew(record, segment)) {
        *iss_floor = record->snd_nxt + BP_TCP_UNSCALED_WINDOW_MAX + 2;
        tcp->stats.TWRecycled++;
        bp_tcp_time_wait_drop(tcp, record);
        return true;
    }
    if (segment->flags & BP_TCP_RST)
        return false;
    if ((segment->flags & BP_TCP_FIN) && segment->end == record->rcv_nxt) {
        bp_list_del(&record->node);
        wait_from_now(tcp, record);
    }
    if (segment->end != segment->seq || segment->seq != record->rcv_nxt)
        acknowledge(tcp, record);
    return false;
}

/* RFC 6191, for our own opens: a second later time stamps tell the connections apart. */
bool bp_tcp_time_wait_reusable(const struct bp_tcp *tcp, const struct bp_tcp_time_wait *record)
{
    return record->timestamps && bp_tcp_now_ms(tcp) - record->ts_recent_ms > 1000;
}
