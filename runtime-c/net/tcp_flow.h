/* The insides of TCP: the state of connections, and what its files ask of each other. */
#ifndef BP_NET_TCP_FLOW_H
#define BP_NET_TCP_FLOW_H

#include "net/tcp.h"
#include "net/tcp_seq.h"
#include "nic/device.h"

enum {
    BP_TCP_MS = 1000000, /* ns */
    BP_TCP_RTO_MIN_US = 200000,
    BP_TCP_RTO_INITIAL_US = 1000000,
    BP_TCP_RTO_MAX_US = 120000000,
    BP_TCP_TIME_WAIT_MS = 60000,
    BP_TCP_COOKIE_MS = 180000, /* how long a cookie may come back */
    BP_TCP_DELAYED_ACK_MS = 40,
    BP_TCP_QUICK_ACKS = 16,     /* at the start of a connection, while the peer is in slow start */
    BP_TCP_INITIAL_WINDOW = 10, /* segments; RFC 6928 */
    BP_TCP_RETRIES = 15,        /* tcp_retries2 */
    BP_TCP_ORPHAN_RETRIES = 8,
    BP_TCP_SYNACK_RETRIES = 5,
    BP_TCP_DUP_THRESH = 3,          /* segments */
    BP_TCP_BURST_MAX = 65535 - 128, /* bytes of one TSO send */
    BP_TCP_BURST_PACKETS = 46,      /* of one that we cut: of 1448 bytes each, as large */
    BP_TCP_RUNS = 64,               /* gaps in what came early, at most */
    BP_TCP_MSS_MIN = 48,
    BP_TCP_PAWS_DAYS_MS = 24 * 24 * 3600 * 1000u, /* after which an old timestamp says nothing */
    BP_TCP_UNSCALED_WINDOW_MAX = 65535,
    BP_TCP_IPV4_HEADERS = 40,
    BP_TCP_IPV6_HEADERS = 60,
    BP_TCP_CWND_MAX = 1 << 30,
};

/* What the connection table holds. */
enum bp_tcp_kind {
    BP_TCP_KIND_FLOW,
    BP_TCP_KIND_REQUEST,
    BP_TCP_KIND_TIME_WAIT,
};

struct bp_tcp_entry {
    struct bp_tcp_entry *next; /* in the bucket */
    struct bp_tcp_key key;
    u8 kind;  /* enum bp_tcp_kind */
    u8 state; /* enum bp_tcp_state; of a flow */
};

/* What a SYN announced and was told: becomes a flow's when the handshake completes. */
struct bp_tcp_handshake {
    u32 iss, irs;
    u32 ts_recent, ts_offset;
    u32 receive_window; /* advertised */
    u16 peer_mss;       /* its option; our limit is the route's */
    u16 mtu;
    u8 send_wscale, receive_wscale;
    bool wscale : 1, sack : 1, timestamps : 1, ecn : 1;
};

struct bp_tcp_request {
    struct bp_tcp_entry entry;
    struct bp_list node; /* the listener's */
    struct bp_tcp *tcp;
    struct bp_tcp_listener *listener;
    struct bp_timer timer;
    struct bp_tcp_handshake handshake;
    u64 sent; /* ns, the SYN-ACK */
    u32 born_ms;
    u8 retries;
    bool acked; /* completed but for data (defer accept) or a place in the accept queue */
};

struct bp_tcp_time_wait {
    struct bp_tcp_entry entry;
    struct bp_list node;
    u64 expires; /* ns */
    u32 snd_nxt, rcv_nxt, window;
    u32 ts_recent, ts_offset, ts_recent_ms;
    bool timestamps;
};

/* What was known when something was sent (tcp_rate.c); times wrap. */
struct bp_tcp_rate_stamp {
    u32 delivered;                   /* bytes that had arrived */
    u32 delivered_us, first_sent_us; /* when the last of them was told of, and had been sent */
};

/* How fast data arrive; times wrap. */
struct bp_tcp_rate {
    u32 delivered; /* bytes, ever */
    u32 delivered_us, first_sent_us;
    u32 app_limited_until; /* of delivered, while app_limited */
    bool app_limited, of_app_limited;
    u64 bytes_per_s; /* the last sample that says something; 0: none yet */
};

/* What one acknowledgement tells of it. */
struct bp_tcp_rate_sample {
    bool known;
    bool app_limited;
    struct bp_tcp_rate_stamp stamp; /* of the latest transmission that has arrived */
    u32 send_us;                    /* that what the rate is of took to be sent */
    u64 bytes_per_s;                /* 0: it tells nothing */
};

/* What leaves in one go: at first as much as a TSO send takes, cut where SACK says so. */
struct bp_tcp_sent {
    struct bp_list by_seq;
    struct bp_list by_time; /* of the last transmission */
    u64 when;               /* of it, ns */
    u32 seq, end;
    struct bp_tcp_rate_stamp rate;
    u8 flags;         /* enum bp_tcp_sent_flags */
    u8 control;       /* BP_TCP_SYN, BP_TCP_FIN, which take a number */
    u8 transmitted;   /* how often; saturates */
    bool app_limited; /* with rate: the user had no more to send */
};

enum bp_tcp_sent_flags {
    BP_TCP_SENT_SACKED = 1 << 0,
    BP_TCP_SENT_LOST = 1 << 1,
    BP_TCP_SENT_AGAIN = 1 << 2, /* retransmitted since marked lost: counted in `again` */
};

/* The scoreboard. There is one while anything is unacknowledged. */
struct bp_tcp_flight {
    struct bp_list sent;    /* all, by seq */
    struct bp_list by_time; /* all that are neither SACKed nor (lost and not sent again) */
    /* Where to begin looking; NULL: at the first. All before resend needs no retransmission, and
     * new SACK blocks mostly begin behind sacked_last. */
    struct bp_tcp_sent *resend, *sacked_last;
    struct bp_tcp_range seen[BP_TCP_SACK_BLOCKS]; /* the blocks of the last acknowledgement */
    u64 rack_when;                                /* RFC 8985: RACK.xmit_ts, ns */
    u32 rack_end;                                 /* RACK.end_seq */
    u32 rack_rtt_us;
    u32 fack;                /* RACK.fack: the highest that has arrived */
    u32 sacked, lost, again; /* bytes in these states; without SACK, sacked is what duplicate
                                acknowledgements stand for */
    u32 recovery_point;      /* RFC 6675: HighData when loss was noticed */
    u32 recovery_flight, prr_delivered, prr_out; /* RFC 6937 */
    u32 undo_una, undo_bytes; /* what the recovery sent again, less what DSACK says was needless */
    u32 undo_cwnd, undo_ssthresh;
    u32 since_ms;    /* when it began */
    u32 dsack_round; /* snd_nxt when the reordering window was widened last */
    bool can_undo;
    bool frto; /* RFC 5682: the first acknowledgement after a timeout decides */
};

/* Segments that arrived before their time; the record lies in the packet's headroom. */
struct bp_tcp_held {
    struct bp_packet *next;
    struct bp_packet *run_last; /* in the first packet of a run (tcp_reassembly.c) */
    u32 seq, end;               /* payload only */
    u16 segs;                   /* packets that it takes */
    bool fin;
};

struct bp_tcp_reassembly {
    struct bp_packet *first;    /* of the first run */
    struct bp_packet *last_run; /* its first packet */
    u32 runs;
    u32 count; /* packets kept */
    u32 ranges;
    struct bp_tcp_range recent[BP_TCP_SACK_BLOCKS]; /* the latest first; RFC 2018, 4 */
};

enum bp_tcp_congestion_state { /* numbers of Linux, enum tcp_ca_state */
    BP_TCP_CA_OPEN,
    BP_TCP_CA_DISORDER,
    BP_TCP_CA_CWR,
    BP_TCP_CA_RECOVERY,
    BP_TCP_CA_LOSS,
};

/* The deadlines of a flow; the first also serves what excludes retransmission. */
enum bp_tcp_timer_kind {
    BP_TCP_TIMER_SEND,
    BP_TCP_TIMER_ACK,
    BP_TCP_TIMER_KEEP, /* keep-alive; end of FIN_WAIT2 */
    BP_TCP_TIMER_PACE,
    BP_TCP_TIMERS
};

enum bp_tcp_send_timer {
    BP_TCP_SEND_RETRANSMIT,
    BP_TCP_SEND_PROBE_LOSS, /* TLP */
    BP_TCP_SEND_REORDER,    /* RACK */
    BP_TCP_SEND_PERSIST,
    BP_TCP_SEND_BLOCKED, /* no packet or record was to be had */
};

struct bp_tcp_cubic {
    u32 w_max, w_est; /* bytes */
    u32 cwnd_epoch;   /* bytes, when the epoch began */
    u32 epoch_ms;     /* 0: none yet */
    u32 k_ms;
};

struct bp_tcp_bbr {
    u64 bandwidth[2];         /* the greatest of this window of rounds and of the last, bytes/s */
    u64 full_bandwidth;       /* as it was when it last grew by a quarter */
    u32 rounds, window_began; /* round trips ever; when bandwidth[0] began */
    u32 round_end;            /* of rate.delivered */
    u32 min_rtt_us, min_rtt_at_us, phase_at_us, probe_at_us;
    u32 window, window_before; /* cwnd by the model; before losses */
    u32 bytes_lost;            /* those heeded */
    u8 mode, phase, full_rounds;
    bool round_begins : 1, recovering : 1;
    bool conserving : 1; /* the first round of losses: what leaves is what arrives */
    bool probing : 1, probe_round_over : 1;
    bool resumed : 1; /* after silence, and nothing has arrived since */
    bool rtt_known : 1;
};

struct bp_tcp_hystart {
    u32 window_end;          /* the round trip that runs ends when this is acknowledged */
    u32 last_us, current_us; /* least round-trip times of the last round and this; 0: none */
    u32 baseline_us;         /* that of the round in which it grew */
    u8 samples, rounds;      /* in this round; rounds since it grew */
    bool conservative;
};

struct bp_tcp_flow {
    struct bp_tcp_entry entry;
    struct bp_tcp *tcp;
    const struct bp_tcp_flow_ops *ops;
    void *user;
    struct bp_tcp_flow *pending; /* the next with something to do in flush */
    struct bp_tcp_flight *flight;
    struct bp_tcp_reassembly *reassembly;
    struct bp_timer timer;     /* set to the earliest of due, or sooner */
    u32 due_ms[BP_TCP_TIMERS]; /* 0: off */

    /* Sending: SND.UNA, SND.NXT, SND.WND, SND.WL1 of RFC 9293, 3.3.1. */
    u32 snd_una, snd_nxt, snd_wnd, snd_wl1;
    u32 snd_end;     /* behind the user's last byte */
    u32 snd_small;   /* end of the last partial segment sent (Minshall) */
    u32 snd_urgent;  /* behind the urgent byte, while urgent_out */
    u32 snd_wnd_max; /* the largest the peer has offered */
    u32 stalled_ms;  /* when the first retransmission of snd_una was due; 0: it is not overdue */

    /* Receiving. */
    u32 rcv_nxt, rcv_acked;  /* RCV.NXT; as it was in the last acknowledgement */
    u32 rcv_edge;            /* right edge of the window advertised; never goes back */
    u32 rcv_room_max;        /* the most room the user ever had */
    u32 rcv_a_round;         /* the most that came in a round trip */
    u32 round_seq, round_us; /* rcv_nxt when the one that runs began; and when */
    u32 rcv_urgent;          /* number of the urgent byte, while urgent_in */
    u32 ts_recent, ts_recent_ms, ts_offset;
    struct bp_tcp_range dsack; /* to be reported; empty: none */

    u32 srtt_us, rttvar_us, rto_us, min_rtt_us;
    u32 cwnd, ssthresh; /* bytes */
    u32 cwnd_used_ms;   /* when data was last sent */
    u32 tlp_end;        /* RFC 8985: TLP.end_seq, while tlp_out */
    u32 ecn_point;      /* one reduction for all marks before this; RFC 3168, 6.1.2 */
    union {             /* of the algorithm in use */
        struct bp_tcp_cubic cubic;
        struct bp_tcp_bbr bbr;
    };
    struct bp_tcp_hystart hystart;
    struct bp_tcp_rate rate;
    u64 pacing_rate; /* bytes/s; 0: no pacing */
    u64 pace_at;     /* ns: when all that has left would have, at that rate */

    struct bp_tcp_options options;
    u16 mtu, mss, peer_mss;
    u16 rcv_mss; /* the largest payload seen lately: what "full-sized" means of the peer */
    u8 send_wscale, receive_wscale;
    u8 congestion_state; /* enum bp_tcp_congestion_state */
    u8 send_timer;       /* enum bp_tcp_send_timer */
    u8 backoff, probes;  /* timeouts in a row; unanswered keep-alive or window probes */
    u8 dupacks;
    u8 quick_acks;                    /* how many more go at once */
    u8 reorder_mult, reorder_persist; /* RFC 8985: RACK.reo_wnd_mult, .reo_wnd_persist */
    u8 soft_error;
    u8 offloads; /* of the route */
    bool sack : 1, timestamps : 1, wscale : 1, ecn : 1;
    bool reordering_seen : 1;
    bool ecn_echo : 1;    /* tell of CE until CWR comes */
    bool ecn_reduced : 1; /* say CWR with the next new data */
    bool fin_queued : 1, fin_received : 1;
    bool more : 1; /* MSG_MORE */
    bool ack_now : 1, ack_later : 1;
    bool output_due : 1;  /* an acknowledgement has come: more may leave */
    bool queued : 1;      /* in tcp->pending */
    bool released : 1;    /* the user has let go */
    bool orphan : 1;      /* counted in tcp->orphans */
    bool dead : 1;        /* in no table; remains for the user only */
    bool interactive : 1; /* data goes both ways: acknowledgements may wait to ride along */
    bool quickack_always : 1;
    bool cwnd_limited : 1;
    bool passive : 1;
    bool urgent_out : 1;                      /* some of it is not acknowledged */
    bool urgent_in : 1;                       /* announced and not come yet */
    bool urgent_news : 1;                     /* the user has not been told */
    bool tlp_out : 1, tlp_retransmission : 1; /* a probe waits for its answer; it was no new data */

    u32 unacceptable_ms; /* when one was answered last */
    u32 last_data_sent_ms, last_data_received_ms, last_ack_received_ms;
    u32 segs_in, segs_out, data_segs_in, data_segs_out, retransmitted_segs;
    u32 dsacks, reorderings, out_of_order;
    u32 bytes_lost; /* ever marked so */
    u32 busy_ms;    /* how long there was a flight, before this one */
    u64 bytes_acked, bytes_received, bytes_sent, bytes_retransmitted;
};

/* ---- What each file offers the others ---------------------------------------------------- */

BP_INLINE u32 bp_tcp_now_ms(const struct bp_tcp *tcp)
{
    return (u32)(tcp->now / BP_TCP_MS);
}

BP_INLINE u32 bp_tcp_in_flight(const struct bp_tcp_flow *flow)
{
    return flow->snd_nxt - flow->snd_una;
}

/* Bytes believed to be on the way (RFC 6675's pipe). */
BP_INLINE u32 bp_tcp_pipe(const struct bp_tcp_flow *flow)
{
    const struct bp_tcp_flight *flight = flow->flight;

    if (!flight)
        return 0;
    return bp_tcp_in_flight(flow) - flight->sacked - flight->lost + flight->again;
}

BP_INLINE bool bp_tcp_recovering(const struct bp_tcp_flow *flow)
{
    return flow->congestion_state >= BP_TCP_CA_RECOVERY;
}

BP_INLINE bool bp_tcp_synchronized(const struct bp_tcp_flow *flow)
{
    return flow->entry.state != BP_TCP_SYN_SENT && flow->entry.state != BP_TCP_SYN_RECEIVED;
}

/* Bytes, or a number for FIN, that wait to be sent for the first time. */
BP_INLINE u32 bp_tcp_unsent(const struct bp_tcp_flow *flow)
{
    return bp_seq_before(flow->snd_nxt, flow->snd_end) ? flow->snd_end - flow->snd_nxt : 0;
}

BP_INLINE bool bp_tcp_fin_sent(const struct bp_tcp_flow *flow)
{
    return flow->fin_queued && flow->snd_nxt == flow->snd_end + 1;
}

/* tcp.c */
void *bp_tcp_get(struct bp_tcp *tcp, enum bp_tcp_object kind);
void bp_tcp_put(struct bp_tcp *tcp, enum bp_tcp_object kind, void *object);
struct bp_tcp_flow *bp_tcp_flow_new(struct bp_tcp *tcp, const struct bp_tcp_key *key,
                                    const struct bp_tcp_options *options);
void bp_tcp_flow_start(struct bp_tcp_flow *flow, const struct bp_tcp_handshake *handshake);
/* Something is to be sent in flush. */
void bp_tcp_pend(struct bp_tcp_flow *flow);
/* The same for users: at once, unless input or a timer is at work on flows. */
void bp_tcp_act(struct bp_tcp_flow *flow);
/* Ends a connection without a word to the peer; the user is told when error is not 0. */
void bp_tcp_end(struct bp_tcp_flow *flow, int error);

/* tcp_table.c */
struct bp_tcp_entry *bp_tcp_lookup(const struct bp_tcp *tcp, const struct bp_tcp_key *key);
void bp_tcp_insert(struct bp_tcp *tcp, struct bp_tcp_entry *entry);
void bp_tcp_remove(struct bp_tcp *tcp, struct bp_tcp_entry *entry);

/* tcp_connect.c */
u32 bp_tcp_initial_seq(const struct bp_tcp *tcp, const struct bp_tcp_key *key);
u32 bp_tcp_timestamp_offset(const struct bp_tcp *tcp, const struct bp_tcp_key *key);
/* Ours in a SYN or SYN-ACK. */
void bp_tcp_offer_handshake(const struct bp_tcp *tcp, const struct bp_tcp_key *key,
                            const struct bp_tcp_options *options, u16 mtu,
                            struct bp_tcp_handshake *handshake);
u16 bp_tcp_max_segment(const struct bp_tcp_options *options, const struct bp_tcp_key *key, u16 mtu);
void bp_tcp_established(struct bp_tcp_flow *flow);

/* The peer's answers and wishes: what both can stays. */
void bp_tcp_receive_handshake(struct bp_tcp_handshake *handshake, const struct bp_tcp_key *key,
                              const struct bp_tcp_segment *segment);

/* tcp_listen.c. Inputs take over the packet. iss_floor: the number of an earlier incarnation that
 * ours is to be above, or NULL. */
void bp_tcp_listen_input(struct bp_tcp *tcp, const struct bp_tcp_key *key,
                         struct bp_tcp_segment *segment, struct bp_packet *packet,
                         const u32 *iss_floor);

/* tcp_request.c. A new one answers at once; false: out of memory. */
bool bp_tcp_request_new(struct bp_tcp *tcp, struct bp_tcp_listener *listener,
                        const struct bp_tcp_key *key, const struct bp_tcp_handshake *handshake);
void bp_tcp_send_syn_ack(struct bp_tcp *tcp, const struct bp_tcp_key *key,
                         const struct bp_tcp_options *options,
                         const struct bp_tcp_handshake *handshake, u32 ts_value);
/* The handshake is complete; rtt_us 0: not measured. Takes over the packet: its segment may carry
 * data. */
void bp_tcp_complete(struct bp_tcp *tcp, struct bp_tcp_listener *listener,
                     const struct bp_tcp_key *key, const struct bp_tcp_handshake *handshake,
                     u32 rtt_us, struct bp_tcp_segment *segment, struct bp_packet *packet);
void bp_tcp_request_input(struct bp_tcp_request *request, struct bp_tcp_segment *segment,
                          struct bp_packet *packet);
void bp_tcp_request_drop(struct bp_tcp_request *request);

/* tcp_cookie.c */
u32 bp_tcp_cookie_make(const struct bp_tcp *tcp, const struct bp_tcp_key *key,
                       struct bp_tcp_handshake *handshake, u32 *ts_value);
bool bp_tcp_cookie_check(const struct bp_tcp *tcp, const struct bp_tcp_key *key,
                         const struct bp_tcp_segment *segment, struct bp_tcp_handshake *handshake);

/* tcp_coalesce.c. True: the packet is taken over, and will be dispatched later or has been. False:
 * nothing of the flow waits any more. */
bool bp_tcp_collect(struct bp_tcp *tcp, const struct bp_tcp_key *key,
                    const struct bp_tcp_segment *segment, struct bp_packet *packet);

/* tcp_input.c: to whom a segment belongs. Takes over the packet. */
void bp_tcp_dispatch(struct bp_tcp *tcp, const struct bp_tcp_key *key,
                     struct bp_tcp_segment *segment, struct bp_packet *packet);

/* Takes over the packet. */
void bp_tcp_flow_input(struct bp_tcp_flow *flow, struct bp_tcp_segment *segment,
                       struct bp_packet *packet);

/* tcp_user.c: nobody may be there to wait for the peer's FIN. */
void bp_tcp_fin_wait2(struct bp_tcp_flow *flow);

/* tcp_data.c. Takes over the packet. */
void bp_tcp_data_input(struct bp_tcp_flow *flow, const struct bp_tcp_segment *segment,
                       struct bp_packet *packet);
/* Keeps what came before its time, or drops it. Takes over the packet. */
void bp_tcp_reassembly_keep(struct bp_tcp_flow *flow, const struct bp_tcp_segment *segment,
                            struct bp_packet *packet);
/* Takes out the first that starts at or before rcv_nxt, which is the caller's then; NULL: there is
 * none. Between calls rcv_nxt may move; afterwards, bp_tcp_reassembly_settle. */
struct bp_packet *bp_tcp_reassembly_next(struct bp_tcp_flow *flow, struct bp_tcp_held *held);
void bp_tcp_reassembly_settle(struct bp_tcp_flow *flow);
void bp_tcp_reassembly_free(struct bp_tcp_flow *flow);
u32 bp_tcp_sack_blocks(struct bp_tcp_flow *flow, struct bp_tcp_range blocks[BP_TCP_SACK_BLOCKS]);
void bp_tcp_note_dsack(struct bp_tcp_flow *flow, u32 start, u32 end);

/* tcp_urgent.c. The user is told once what the segment carries has been looked at. */
void bp_tcp_urgent_input(struct bp_tcp_flow *flow, const struct bp_tcp_segment *segment);
void bp_tcp_urgent_tell(struct bp_tcp_flow *flow);
/* Sets flag and pointer of a segment that is to be sent. */
void bp_tcp_urgent_mark(struct bp_tcp_flow *flow, struct bp_tcp_segment *segment);

/* tcp_window.c: the window we offer. */
u32 bp_tcp_window_select(struct bp_tcp_flow *flow);
/* The user has let go: the peer hears of it though the window was closed. */
void bp_tcp_window_reopen(struct bp_tcp_flow *flow);
void bp_tcp_ack_received_data(struct bp_tcp_flow *flow, u32 len);

/* tcp_ack.c. False: the segment is not acceptable and is not to be looked at further. */
bool bp_tcp_ack_input(struct bp_tcp_flow *flow, const struct bp_tcp_segment *segment);

/* What one acknowledgement has told. */
struct bp_tcp_news {
    u32 una;       /* snd_una before */
    u32 delivered; /* bytes newly known to have arrived, cumulatively or by SACK */
    u32 cumulative;
    u64 when;   /* ns, of the last sent segment that it tells of and that was sent once */
    u32 rtt_us; /* 0: it does not tell */
    struct bp_tcp_rate_sample rate;
    bool sacked; /* a SACK block told something new */
    bool dsack;
    bool lost;     /* it made losses known */
    bool window;   /* the window offered has changed */
    bool original; /* something arrived that was sent only once */
};

/* tcp_flight.c: the scoreboard. flight_ack frees it when nothing is left. */
bool bp_tcp_flight_add(struct bp_tcp_flow *flow, u32 seq, u32 len, u8 control);
struct bp_tcp_sent *bp_tcp_flight_split(struct bp_tcp_flow *flow, struct bp_tcp_sent *sent, u32 at);
void bp_tcp_flight_ack(struct bp_tcp_flow *flow, u32 ack, struct bp_tcp_news *news);
void bp_tcp_flight_mark_sacked(struct bp_tcp_flow *flow, struct bp_tcp_sent *sent,
                               struct bp_tcp_news *news);
void bp_tcp_flight_mark_lost(struct bp_tcp_flow *flow, struct bp_tcp_sent *sent);
void bp_tcp_flight_mark_all(struct bp_tcp_flow *flow, bool lost);
void bp_tcp_flight_sent_again(struct bp_tcp_flow *flow, struct bp_tcp_sent *sent);
void bp_tcp_flight_forget_sacks(struct bp_tcp_flow *flow);
struct bp_list *bp_tcp_flight_from(struct bp_tcp_flight *flight, const struct bp_tcp_sent *hint);
void bp_tcp_flight_free(struct bp_tcp_flow *flow);

/* tcp_sack.c */
void bp_tcp_sack_input(struct bp_tcp_flow *flow, const struct bp_tcp_segment *segment,
                       struct bp_tcp_news *news);

/* tcp_rack.c: RFC 8985. */
void bp_tcp_rack_arrived(struct bp_tcp_flow *flow, const struct bp_tcp_sent *sent);
void bp_tcp_rack_dsack(struct bp_tcp_flow *flow);
/* Marks what must be lost by now. True: there was some. Sets the timer for the rest. */
bool bp_tcp_rack_detect(struct bp_tcp_flow *flow);
bool bp_tcp_tlp_schedule(struct bp_tcp_flow *flow);
void bp_tcp_tlp_send(struct bp_tcp_flow *flow);
void bp_tcp_tlp_acked(struct bp_tcp_flow *flow, const struct bp_tcp_segment *segment,
                      const struct bp_tcp_news *news);

/* tcp_recovery.c: congestion states. */
void bp_tcp_recovery_input(struct bp_tcp_flow *flow, const struct bp_tcp_segment *segment,
                           struct bp_tcp_news *news);
void bp_tcp_recovery_timeout(struct bp_tcp_flow *flow);
void bp_tcp_recovery_enter(struct bp_tcp_flow *flow);
void bp_tcp_congestion_event(struct bp_tcp_flow *flow);

/* tcp_hystart.c */
void bp_tcp_hystart_sample(struct bp_tcp_flow *flow, u32 us);
u32 bp_tcp_hystart_growth(struct bp_tcp_flow *flow, u32 bytes);

/* tcp_rtt.c */
void bp_tcp_rtt_sample(struct bp_tcp_flow *flow, u32 us);
u32 bp_tcp_rto(const struct bp_tcp_flow *flow);

/* tcp_output.c */
void bp_tcp_output(struct bp_tcp_flow *flow);
/* One segment of new data, cwnd or not; the receiver's window permitting. */
bool bp_tcp_send_new_probe(struct bp_tcp_flow *flow);

/* tcp_transmit.c: what leaves in one go, in one packet where the device cuts it into segments, else
 * in one for each. */
struct bp_tcp_burst {
    struct bp_packet *packets[BP_TCP_BURST_PACKETS];
    u32 count;
};

BP_INLINE bool bp_tcp_segments_by_device(const struct bp_tcp_flow *flow)
{
    u32 need = BP_DEVICE_TSO | BP_DEVICE_TX_CHAIN;

    return (flow->offloads & need) == need;
}

/* Packets with this part of the stream, at most a burst. False: there were not enough. */
bool bp_tcp_burst_fill(struct bp_tcp_flow *flow, struct bp_tcp_burst *burst, u32 seq, u32 len);
void bp_tcp_burst_free(struct bp_tcp_flow *flow, const struct bp_tcp_burst *burst);
/* Takes over the packets. control goes with the last; again: a retransmission. */
void bp_tcp_burst_transmit(struct bp_tcp_flow *flow, const struct bp_tcp_burst *burst, u32 seq,
                           u32 len, u8 control, bool again);
void bp_tcp_send_ack(struct bp_tcp_flow *flow);
void bp_tcp_send_probe(struct bp_tcp_flow *flow, bool with_data);
void bp_tcp_send_reset(struct bp_tcp_flow *flow);
bool bp_tcp_transmit_sent(struct bp_tcp_flow *flow, struct bp_tcp_sent *sent);
bool bp_tcp_send_syn(struct bp_tcp_flow *flow);
/* A segment that belongs to no flow: resets, SYN-ACKs, acknowledgements in TIME_WAIT. */
void bp_tcp_send_bare(struct bp_tcp *tcp, const struct bp_tcp_key *key,
                      struct bp_tcp_segment *segment, const struct bp_tcp_path *path);
void bp_tcp_refuse(struct bp_tcp *tcp, const struct bp_tcp_key *key,
                   const struct bp_tcp_segment *segment);
void bp_tcp_set_mtu(struct bp_tcp_flow *flow, u16 mtu);

void bp_tcp_send_challenge(struct bp_tcp_flow *flow);

/* tcp_timer.c */
void bp_tcp_timer_set(struct bp_tcp_flow *flow, enum bp_tcp_timer_kind kind, u32 ms);
void bp_tcp_timer_clear(struct bp_tcp_flow *flow, enum bp_tcp_timer_kind kind);
void bp_tcp_send_timer_set(struct bp_tcp_flow *flow, enum bp_tcp_send_timer purpose, u64 us);
/* After an acknowledgement or a send: RTO, TLP or none. */
void bp_tcp_send_timer_rearm(struct bp_tcp_flow *flow);
void bp_tcp_keepalive_rearm(struct bp_tcp_flow *flow);
void bp_tcp_timers_stop(struct bp_tcp_flow *flow);
void bp_tcp_flow_timer_init(struct bp_tcp_flow *flow);

/* tcp_time_wait.c */
void bp_tcp_time_wait_enter(struct bp_tcp_flow *flow);
/* True: the segment is a SYN that may open a new connection; the record is gone, and ours is to
 * start above iss_floor. */
bool bp_tcp_time_wait_input(struct bp_tcp *tcp, struct bp_tcp_time_wait *record,
                            const struct bp_tcp_segment *segment, u32 *iss_floor);
bool bp_tcp_time_wait_reusable(const struct bp_tcp *tcp, const struct bp_tcp_time_wait *record);
void bp_tcp_time_wait_drop(struct bp_tcp *tcp, struct bp_tcp_time_wait *record);
void bp_tcp_time_wait_init(struct bp_tcp *tcp);

/* tcp_rate.c: the speed of delivery. */
void bp_tcp_rate_sent(struct bp_tcp_flow *flow, struct bp_tcp_sent *sent);
void bp_tcp_rate_arrived(struct bp_tcp_flow *flow, const struct bp_tcp_sent *sent, u32 bytes,
                         struct bp_tcp_rate_sample *sample);
void bp_tcp_rate_finish(struct bp_tcp_flow *flow, struct bp_tcp_rate_sample *sample);
void bp_tcp_rate_app_limited(struct bp_tcp_flow *flow);

/* tcp_pacing.c. Bytes/s: that of the congestion control, at most the user's; 0: no pacing. */
u64 bp_tcp_pacing_rate(const struct bp_tcp_flow *flow);
u32 bp_tcp_pacing_quantum(const struct bp_tcp_flow *flow);
bool bp_tcp_pacing_holds(struct bp_tcp_flow *flow);
void bp_tcp_pacing_sent(struct bp_tcp_flow *flow, u32 bytes);

/* tcp_congestion.c: algorithms. Those that react to losses grow cwnd as data are acknowledged and
 * name a ssthresh; those that have a model of the path set cwnd and pacing_rate after each
 * acknowledgement, whatever its state. */
struct bp_tcp_congestion_ops {
    void (*init)(struct bp_tcp_flow *flow);
    /* Grows cwnd after `bytes` were acknowledged, when cwnd was what limited sending. Or NULL. */
    void (*acked)(struct bp_tcp_flow *flow, u32 bytes);
    /* What ssthresh becomes at a congestion event. */
    u32 (*ssthresh)(struct bp_tcp_flow *flow);
    /* All that an acknowledgement has told. Or NULL. */
    void (*told)(struct bp_tcp_flow *flow, const struct bp_tcp_news *news);
    /* Data are about to leave, and nothing is in flight. */
    void (*resume)(struct bp_tcp_flow *flow);
};

extern const struct bp_tcp_congestion_ops bp_tcp_reno, bp_tcp_cubic, bp_tcp_bbr;

const struct bp_tcp_congestion_ops *bp_tcp_congestion(const struct bp_tcp_flow *flow);
void bp_tcp_congestion_begin(struct bp_tcp_flow *flow);
void bp_tcp_congestion_acked(struct bp_tcp_flow *flow, u32 bytes);
void bp_tcp_slow_start(struct bp_tcp_flow *flow, u32 *bytes);
void bp_tcp_cwnd_restart(struct bp_tcp_flow *flow);

#endif
