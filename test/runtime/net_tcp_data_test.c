// sources: runtime-c/net/tcp*.c runtime-c/base/log.c runtime-c/net/siphash.c runtime-c/sched/wheel.c
// flags: -fsanitize=address,undefined -fno-sanitize-recover=all
/* Data, acknowledgements, windows and the timers of a quiet connection, rule by rule. */
#include "net_script.h"

/* Uses up the quick acknowledgements of the start: a conversation. */
#define CONVERSATION ACTIVE, "quickack 0"

static void acknowledging(void)
{
    SCRIPT("RFC 5681, 4.2: a new connection acknowledges at once", ACTIVE, "< PA 1:11 ack 1",
           "> A 1:1 ack 11");
    SCRIPT("RFC 9293, 3.8.6.3: later after 40 ms", CONVERSATION, "< PA 1:11 ack 1",
           "+40 > A 1:1 ack 11");
    SCRIPT("RFC 9293, 3.8.6.3: every second full-sized segment at once", CONVERSATION,
           "< A 1:1001 ack 1", "< A 1001:2001 ack 1", "> A 1:1 ack 2001");
    SCRIPT("an acknowledgement rides along with data", CONVERSATION, "< PA 1:11 ack 1", "send 5",
           "> PA 1:6 ack 11", "+60");
    SCRIPT("RFC 5681, 4.2: a gap is acknowledged at once, and its end too", CONVERSATION,
           "< A 1001:2001 ack 1", "> A 1:1 ack 1 sack 1001:2001", "< A 1:1001 ack 1",
           "> A 1:1 ack 2001", "received 2000");
    SCRIPT("RFC 2018, 4: the latest block first", ACTIVE, "< A 101:201 ack 1",
           "> A 1:1 ack 1 sack 101:201", "< A 301:401 ack 1", "> A 1:1 ack 1 sack 301:401,101:201",
           "< A 501:601 ack 1", "> A 1:1 ack 1 sack 501:601,301:401,101:201", "< A 401:501 ack 1",
           "> A 1:1 ack 1 sack 301:601,101:201", "< A 1:101 ack 1", "> A 1:1 ack 201 sack 301:601",
           "< A 201:301 ack 1", "> A 1:1 ack 601", "received 600");
    SCRIPT("RFC 2883, 4: a duplicate is reported, below the acknowledgement", ACTIVE,
           "< A 1:101 ack 1", "> A 1:1 ack 101", "< A 1:101 ack 1", "> A 1:1 ack 101 sack 1:101",
           "received 100");
    SCRIPT("RFC 2883, 4: and above it", ACTIVE, "< A 101:201 ack 1", "> A 1:1 ack 1 sack 101:201",
           "< A 101:201 ack 1", "> A 1:1 ack 1 sack 101:201,101:201");
    SCRIPT("RFC 2883, 4: one that overlaps is reported in part", ACTIVE, "< A 1:101 ack 1",
           "> A 1:1 ack 101", "< A 51:151 ack 1", "> A 1:1 ack 151 sack 51:101", "received 150");
    SCRIPT("without SACK no blocks", PLAIN, "< A 101:201 ack 1", "> A 1:1 ack 1");
    SCRIPT("the queue of early segments is bounded", "reassembly_packets 1", ACTIVE,
           "< A 101:201 ack 1", "> A 1:1 ack 1 sack 101:201", "< A 301:401 ack 1",
           "> A 1:1 ack 1 sack 101:201", "< A 1:101 ack 1", "> A 1:1 ack 201");
    SCRIPT("early segments are dropped without memory for them", ACTIVE, "memory 0",
           "< A 101:201 ack 1", "> A 1:1 ack 1", "< A 1:101 ack 1", "> A 1:1 ack 101");
    SCRIPT("data without memory to send wait for some", ACTIVE, "memory 0", "send 10", "+5",
           "memory 10", "+1 > PA 1:11 ack 1");
    SCRIPT("so do data without packets", ACTIVE, "packets 0", "send 10", "+5", "packets 1",
           "+1 > PA 1:11 ack 1");
}

static void window_offered(void)
{
    SCRIPT("what the user does not take is not acknowledged", "window 1000", "slow 1", ACTIVE,
           "< A 1:1501 ack 1", "> A 1:1 ack 1001", "received 1000");
    SCRIPT("RFC 9293, 3.8.6: what is beyond the window is not taken; opening it is told",
           "window_clamp 1500", "window 1500", "slow 1", "connect 0", "> S 0:0 win 1500",
           "< SA 0:0 ack 1 win 20000 mss 1000", "> A 1:1 ack 1", "< A 1:1001 ack 1",
           "> A 1:1 ack 1001 win 500", "< A 1001:2001 ack 1", "> A 1:1 ack 1501 win 0",
           "consume 200", "consume 1300", "> A 1:1 ack 1501 win 1500", "received 1500");
    SCRIPT("the right edge of the window never moves back", "slow 1", "window 70000", ACTIVE,
           "< A 1:1001 ack 1", "> A 1:1 ack 1001 win 65535", "window 10000", "< A 1001:2001 ack 1",
           "> A 1:1 ack 2001 win 64535");
}

static void window_taken(void)
{
    SCRIPT("RFC 9293, 3.8.6: no more than the window", "connect 0", "> S 0:0",
           "< SA 0:0 ack 1 win 2500 mss 1000", "> A 1:1 ack 1", "send 5000", "> A 1:1001",
           "> A 1001:2001", "< A 1:1 ack 2001 win 3000", "> A 2001:3001", "> A 3001:4001",
           "> PA 4001:5001");
    SCRIPT("RFC 9293, 3.8.6.1: a closed window is probed, ever more rarely", "connect 0", "> S 0:0",
           "< SA 0:0 ack 1 win 1000 mss 1000", "> A 1:1 ack 1", "send 3000", "> A 1:1001",
           "< A 1:1 ack 1001 win 0", "+200 > A 1000:1000", "< A 1:1 ack 1001 win 0",
           "+400 > A 1000:1000", "< A 1:1 ack 1001 win 0", "+800 > A 1000:1000",
           "< A 1:1 ack 1001 win 5000", "> A 1001:2001", "> PA 2001:3001");
    SCRIPT("RFC 9293, 3.8.6.1: a peer that answers probes is not given up", "connect 0", "> S 0:0",
           "< SA 0:0 ack 1 win 0 mss 1000", "> A 1:1 ack 1", "send 10", "+200 > A 0:0",
           "< A 1:1 ack 1 win 0", "+400 > A 0:0", "< A 1:1 ack 1 win 0", "error 0");
    SCRIPT("RFC 6429: after close a closed window is not waited for for ever", "connect 0",
           "> S 0:0", "< SA 0:0 ack 1 win 0 mss 1000", "> A 1:1 ack 1", "send 10", "close",
           "+200 > A 0:0", "< A 1:1 ack 1 win 0", "+400 > A 0:0", "< A 1:1 ack 1 win 0",
           "+800 > A 0:0", "< A 1:1 ack 1 win 0", "+1600 > A 0:0", "< A 1:1 ack 1 win 0",
           "+3200 > A 0:0", "< A 1:1 ack 1 win 0", "+6400 > A 0:0", "< A 1:1 ack 1 win 0",
           "+12800 > A 0:0", "< A 1:1 ack 1 win 0", "+25600 > A 0:0", "< A 1:1 ack 1 win 0",
           "+51203 gone 1");
    SCRIPT("RFC 9293, 3.8.6.2.1: a window that opens a little is not used for a little at once",
           "connect 0", "> S 0:0", "< SA 0:0 ack 1 win 4000 mss 1000", "> A 1:1 ack 1", "send 5000",
           "> A 1:1001", "> A 1001:2001", "> A 2001:3001", "> A 3001:4001",
           "< A 1:1 ack 4001 win 100", "+200 > A 4001:4101", "< A 1:1 ack 4101 win 4000",
           "> PA 4101:5001");
    SCRIPT("a window seen in an old segment is not believed", ACTIVE, "< A 1:101 ack 1 win 5000",
           "> A 1:1 ack 101", "< A 1:1 ack 1 win 100", "> A 1:1 ack 101", "send 1000",
           "> PA 1:1001");
}

static void small_segments(void)
{
    SCRIPT("RFC 9293, 3.7.4 with Minshall: one small segment at a time", ACTIVE, "send 10",
           "> PA 1:11", "send 10", "send 10", "< A 1:1 ack 11", "> PA 11:31");
    SCRIPT("Minshall: full segments do not hold back the tail", ACTIVE, "send 2100", "> A 1:1001",
           "> A 1001:2001", "> PA 2001:2101");
    SCRIPT("TCP_NODELAY sends at once", "nodelay 1", ACTIVE, "send 10", "> PA 1:11", "send 10",
           "> PA 11:21");
    SCRIPT("setting TCP_NODELAY sends what was held back", ACTIVE, "send 10", "> PA 1:11",
           "send 10", "nodelay 1", "> PA 11:21");
    SCRIPT("TCP_CORK holds back partial segments, 200 ms at the most", ACTIVE, "cork 1", "send 500",
           "send 600", "> A 1:1001", "< A 1:1 ack 1001", "+200 > PA 1001:1101");
    SCRIPT("taking the cork out sends", ACTIVE, "cork 1", "send 500", "cork 0", "> PA 1:501");
    SCRIPT("MSG_MORE holds back until there is more", ACTIVE, "more 100", "more 100", "send 100",
           "> PA 1:301");
    SCRIPT("TCP_MAXSEG", "max_segment 600", "connect 0", "> S 0:0 mss 600",
           "< SA 0:0 ack 1 mss 1000", "> A 1:1", "send 1000", "> A 1:601", "> PA 601:1001");
}

static void keeping_alive(void)
{
#define KEEP "keepalive 1", "keep_idle 10", "keep_interval 2", "keep_count 3"
    SCRIPT("RFC 9293, 3.8.4: probes, then ETIMEDOUT", KEEP, ACTIVE, "+10000 > A 0:0 ack 1",
           "+2000 > A 0:0 ack 1", "+2000 > A 0:0 ack 1", "+2000 > RA 1:1 ack 1", "error 110");
    SCRIPT("RFC 9293, 3.8.4: an answer starts anew", KEEP, ACTIVE, "+10000 > A 0:0 ack 1",
           "< A 1:1 ack 1", "+2000", "+8000 > A 0:0 ack 1");
    SCRIPT("we answer keep-alive probes", ACTIVE, "< A 0:0 ack 1", "> A 1:1 ack 1");
    SCRIPT("those with a byte of garbage too", ACTIVE, "< A 1:11 ack 1", "> A 1:1 ack 11",
           "< A 10:11 ack 1", "> A 1:1 ack 11 sack 10:11");
    SCRIPT("SO_KEEPALIVE may be set later", ACTIVE, KEEP, "+10000 > A 0:0 ack 1", "keepalive 0",
           "+20000");
    SCRIPT("RFC 5482: the user timeout replaces the count", KEEP, "user_timeout 13000", ACTIVE,
           "+10000 > A 0:0 ack 1", "+2000 > A 0:0 ack 1", "+2000 > RA 1:1 ack 1", "error 110");
    SCRIPT("RFC 5482: of data too", "user_timeout 700", ACTIVE, "send 10", "> PA 1:11",
           "+200 > PA 1:11", "+400 > PA 1:11", "+801 error 110");
}

static void timestamps(void)
{
    SCRIPT("RFC 7323, 3.2: echoed is the time stamp of what is acknowledged", "connect 0",
           "> S 0:0", "< SA 0:0 ack 1 mss 1012 ts 500 0", "> A 1:1 ack 1 ts 0 500", "quickack 0",
           "< A 1:11 ack 1 ts 510 0", "< A 11:21 ack 1 ts 520 0", "+40 > A 1:1 ack 21 ts 0 510");
    SCRIPT("RFC 7323, 5.3: PAWS refuses an older time stamp", "connect 0", "> S 0:0",
           "< SA 0:0 ack 1 mss 1012 sackok ts 500 0", "> A 1:1 ack 1", "< A 1:11 ack 1 ts 400 0",
           "> A 1:1 ack 1", "received 0", "< A 1:11 ack 1 ts 500 0", "> A 1:1 ack 11");
    SCRIPT("RFC 7323, 5.2: but not a RST", "connect 0", "> S 0:0",
           "< SA 0:0 ack 1 mss 1012 ts 500 0", "> A 1:1 ack 1", "< R 1:1 ts 400 0", "error 104");
    SCRIPT("RFC 7323, 5.5: nor after 24 days", "connect 0", "> S 0:0",
           "< SA 0:0 ack 1 mss 1012 ts 500 0", "> A 1:1 ack 1",
           "+2073700000 < A 1:11 ack 1 ts 400 0", "> A 1:1 ack 11");
    SCRIPT("RFC 6691: options take room from the segment", TIMED, "send 2000", "> A 1:1001",
           "> PA 1001:2001");
}

static void path_mtu(void)
{
    SCRIPT("RFC 1191: too big: the same again in smaller segments", ACTIVE, "send 1000",
           "> PA 1:1001", "too_big 640", "> A 1:601", "> PA 601:1001", "< A 1:1 ack 1001");
    SCRIPT("RFC 5927, 4: not when it is about nothing in flight", ACTIVE, "send 1000",
           "> PA 1:1001", "forged_too_big 640", "< A 1:1 ack 1001", "send 1000", "> PA 1001:2001");
    SCRIPT("RFC 5927, 7: not below 552", ACTIVE, "send 1000", "> PA 1:1001", "too_big 68",
           "> A 1:513", "> PA 513:1001", "< A 1:1 ack 1001");
    SCRIPT("RFC 5461: unreachable ends a connection being opened", "connect 0", "> S 0:0",
           "unreachable 0", "error 113");
    SCRIPT("and one half open", "listen 8", "< S 0:0", "> SA 0:0 ack 1", "unreachable 7",
           "requests 1", "unreachable 0", "requests 0");
    SCRIPT("RFC 5461: an open one only remembers", ACTIVE, "send 10", "> PA 1:11", "unreachable 1",
           "state ESTABLISHED", "soft_error 113", "soft_error 0", "< A 1:1 ack 11");
}

static void ecn(void)
{
#define WITH_ECN \
    "ecn 1", "connect 0", "> SEC 0:0", "< SAE 0:0 ack 1 mss 1000 sackok", "> A 1:1 ack 1"
    SCRIPT("RFC 3168, 6.1.1: both agree; data are marked", WITH_ECN, "send 10", "> PA 1:11 ect");
    SCRIPT("RFC 3168, 6.1.1: a SYN-ACK that just mirrors is no agreement", "ecn 1", "connect 0",
           "> SEC 0:0", "< SAEC 0:0 ack 1 mss 1000", "> A 1:1", "< A 1:11 ack 1 ce",
           "> A 1:1 ack 11");
    SCRIPT("RFC 3168, 6.1.1: the passive side grants", "listen 8", "< SEC 0:0 mss 1000",
           "> SAE 0:0 ack 1", "< A 1:1 ack 1", "send 10", "> PA 1:11 ect");
    SCRIPT("RFC 3168, 6.1.3: CE is echoed until CWR", WITH_ECN, "< A 1:11 ack 1 ce",
           "> AE 1:1 ack 11", "< A 11:21 ack 1", "> AE 1:1 ack 21", "< AC 21:31 ack 1",
           "> A 1:1 ack 31");
    SCRIPT("RFC 3168, 6.1.2: an echo halves once and is answered by CWR", WITH_ECN, "send 1000",
           "> PA 1:1001", "< AE 1:1 ack 1001", "send 1000", "> PAC 1001:2001", "< A 1:1 ack 2001");
}

/* SO_MAX_PACING_RATE: two segments, then by the rate; the grain is a millisecond. */
static void pacing(void)
{
    SCRIPT("a limit to the rate, whatever the window", "pacing_max 100000", ACTIVE, "send 6000",
           "> A 1:1001", "> A 1001:2001", "< A 1:1 ack 2001", "+19 > A 2001:3001", "> A 3001:4001",
           "< A 1:1 ack 4001", "+20 > A 4001:5001", "> PA 5001:6001", "< A 1:1 ack 6001",
           "acked 6000");
    SCRIPT("it may be lifted", "pacing_max 100000", ACTIVE, "send 6000", "> A 1:1001",
           "> A 1001:2001", "pacing_max 0", "> A 2001:3001", "> A 3001:4001", "> A 4001:5001",
           "> PA 5001:6001", "< A 1:1 ack 6001");
    SCRIPT("and set on the way", ACTIVE, "send 2000", "> A 1:1001", "> PA 1001:2001",
           "< A 1:1 ack 2001", "pacing_max 100000", "send 4000", "> A 2001:3001", "> A 3001:4001",
           "< A 1:1 ack 4001", "+19 > A 4001:5001", "> PA 5001:6001", "< A 1:1 ack 6001");
}

static void gaps(void)
{
    SCRIPT("one that fills the gap between two", ACTIVE, "< A 1001:2001 ack 1",
           "> A 1:1 ack 1 sack 1001:2001", "< A 3001:4001 ack 1",
           "> A 1:1 ack 1 sack 3001:4001,1001:2001", "< A 2001:3001 ack 1",
           "> A 1:1 ack 1 sack 1001:4001", "< A 1:1001 ack 1", "> A 1:1 ack 4001", "received 4000");
    SCRIPT("one that overlaps both", ACTIVE, "< A 1001:2001 ack 1", "> A 1:1 ack 1 sack 1001:2001",
           "< A 3001:4001 ack 1", "> A 1:1 ack 1 sack 3001:4001,1001:2001", "< A 1501:2901 ack 1",
           "> A 1:1 ack 1 sack 1001:2901,3001:4001", "< A 2501:3501 ack 1",
           "> A 1:1 ack 1 sack 1001:4001", "< A 1:1001 ack 1", "> A 1:1 ack 4001", "received 4000");
    SCRIPT("one that covers others as a whole", ACTIVE, "< A 2001:2101 ack 1",
           "> A 1:1 ack 1 sack 2001:2101", "< A 2301:2401 ack 1",
           "> A 1:1 ack 1 sack 2301:2401,2001:2101", "< A 2701:2801 ack 1",
           "> A 1:1 ack 1 sack 2701:2801,2301:2401,2001:2101", "< A 1801:2701 ack 1",
           "> A 1:1 ack 1 sack 1801:2801", "early 2", "< A 1:1801 ack 1", "> A 1:1 ack 2801",
           "received 2800", "early 0");
    SCRIPT("from the last to the first", ACTIVE, "< A 3001:4001 ack 1",
           "> A 1:1 ack 1 sack 3001:4001", "< A 2001:3001 ack 1", "> A 1:1 ack 1 sack 2001:4001",
           "< A 1001:2001 ack 1", "> A 1:1 ack 1 sack 1001:4001", "< A 1:1001 ack 1",
           "> A 1:1 ack 4001", "received 4000");
    SCRIPT("FIN comes early, twice", ACTIVE, "< A 1001:2001 ack 1", "> A 1:1 ack 1 sack 1001:2001",
           "< FA 2001:2001 ack 1", "> A 1:1 ack 1 sack 1001:2001", "< FA 2001:2001 ack 1",
           "> A 1:1 ack 1 sack 1001:2001", "early 2", "< A 1:1001 ack 1", "> A 1:1 ack 2002",
           "received 2000", "peer_closed 1");
}

static void waits_for_the_device(void)
{
    SCRIPT("nothing new leaves while it is full; a timer looks again", ACTIVE, "device_full 1",
           "send 2000", "+50", "device_full 0", "+2 > A 1:1001", "> PA 1001:2001",
           "< A 1:1 ack 2001");
    SCRIPT("an acknowledgement comes back to it at once", ACTIVE, "nodelay 1", "send 1000",
           "> PA 1:1001", "device_full 1", "send 2000", "device_full 0", "< A 1:1 ack 1001",
           "> A 1001:2001", "> PA 2001:3001", "< A 1:1 ack 3001");
    SCRIPT("acknowledgements leave all the same", ACTIVE, "device_full 1", "send 1000",
           "< PA 1:1001 ack 1", "> A 1:1 ack 1001", "device_full 0", "+2 > PA 1:1001",
           "< A 1001:1001 ack 1001");
    SCRIPT("retransmissions wait too, and the timeout backs off", PLAIN, "send 1000", "> PA 1:1001",
           "device_full 1", "+450", "device_full 0", "+2 > PA 1:1001", "< A 1:1 ack 1001",
           "acked 1000");
    SCRIPT("a device that stays full ends the connection as a peer that is silent does", PLAIN,
           "user_timeout 3000", "send 1000", "> PA 1:1001", "device_full 1", "+4000", "error 110");
    SCRIPT("FIN waits its turn", ACTIVE, "device_full 1", "send 500", "close", "+5",
           "device_full 0", "+2 > FPA 1:501", "< A 1:1 ack 502");
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    acknowledging();
    window_offered();
    window_taken();
    small_segments();
    keeping_alive();
    timestamps();
    path_mtu();
    ecn();
    pacing();
    gaps();
    waits_for_the_device();
    return failures != 0;
}
