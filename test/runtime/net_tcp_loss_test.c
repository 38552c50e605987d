// sources: runtime-c/net/tcp*.c runtime-c/base/log.c runtime-c/net/siphash.c runtime-c/sched/wheel.c
// flags: -fsanitize=address,undefined -fno-sanitize-recover=all
/* Loss: found by RACK, probes, duplicates or the timeout, and what it does to the window, rule by
 * rule. Round trips are of 100 ms where time matters. */
#include "net_script.h"

/* Handshakes of 100 ms. */
#define FAR "connect 0", "> S 0:0", "+100 < SA 0:0 ack 1 win 65535 mss 1000 sackok", "> A 1:1 ack 1"
#define FAR_PLAIN "connect 0", "> S 0:0", "+100 < SA 0:0 ack 1 win 65535 mss 1000", "> A 1:1 ack 1"
#define TEN                                                                                  \
    "send 10000", "> A 1:1001", "> A 1001:2001", "> A 2001:3001", "> A 3001:4001",           \
        "> A 4001:5001", "> A 5001:6001", "> A 6001:7001", "> A 7001:8001", "> A 8001:9001", \
        "> PA 9001:10001"

static void timeouts(void)
{
    SCRIPT("RFC 6298: RTO is SRTT + 4 RTTVAR, at least 200 ms more, and doubles", FAR_PLAIN,
           "send 10", "> PA 1:11", "+300 > PA 1:11", "+600 > PA 1:11", "+1200 > PA 1:11",
           "< A 1:1 ack 11");
    SCRIPT("RFC 6298, 5.7: a lost SYN leaves a window of one segment", "connect 0", "> S 0:0",
           "+1000 > S 0:0", "+100 < SA 0:0 ack 1 win 65535 mss 1000", "> A 1:1 ack 1", "send 5000",
           "> A 1:1001", "+10 < A 1:1 ack 1001", "> A 1001:2001", "> A 2001:3001");
    SCRIPT("RFC 6928: the initial window is ten segments", FAR, "send 20000", "> A 1:1001",
           "> A 1001:2001", "> A 2001:3001", "> A 3001:4001", "> A 4001:5001", "> A 5001:6001",
           "> A 6001:7001", "> A 7001:8001", "> A 8001:9001", "> A 9001:10001");
    SCRIPT("RFC 5681, 3.1: slow start grows by what is acknowledged", FAR, "send 20000",
           "> A 1:1001", "> A 1001:2001", "> A 2001:3001", "> A 3001:4001", "> A 4001:5001",
           "> A 5001:6001", "> A 6001:7001", "> A 7001:8001", "> A 8001:9001", "> A 9001:10001",
           "+100 < A 1:1 ack 2001", "> A 10001:11001", "> A 11001:12001", "> A 12001:13001",
           "> A 13001:14001");
    SCRIPT("RFC 5681, 3.1: after a timeout one segment, then slow start", FAR_PLAIN, TEN,
           "+300 > A 1:1001", "+100 < A 1:1 ack 1001", "> A 1001:2001", "> A 2001:3001",
           "+100 < A 1:1 ack 3001", "> A 3001:4001", "> A 4001:5001", "> A 5001:6001",
           "> A 6001:7001");
    SCRIPT("given up after the user's time, with what ICMP said as the reason", "user_timeout 500",
           FAR, "send 10", "> PA 1:11", "unreachable 1", "+300 > PA 1:11", "+601 error 113");
    SCRIPT("RFC 5682: a timeout that was wrong is undone", FAR_PLAIN, TEN, "+300 > A 1:1001",
           "+10 < A 1:1 ack 1001", "> A 1001:2001", "> A 2001:3001", "+10 < A 1:1 ack 5001",
           "send 5000", "> A 10001:11001", "> A 11001:12001", "> A 12001:13001", "> A 13001:14001",
           "> PA 14001:15001");
}

static void withdrawn_window(void)
{
    SCRIPT("RFC 9293, 3.8.6: a window may shrink under data in flight; who answers is not given up",
           FAR_PLAIN, "user_timeout 800", "send 2000", "> A 1:1001", "> PA 1001:2001",
           "+100 < A 1:1 ack 1001 win 0", "+300 > PA 1001:2001", "< A 1:1 ack 1001 win 0",
           "+600 > PA 1001:2001", "< A 1:1 ack 1001 win 0", "+1200 > PA 1001:2001", "error 0",
           "< A 1:1 ack 2001");
}

static void rack(void)
{
    SCRIPT("RFC 8985, 6.2: three segments above are enough", FAR, TEN,
           "+100 < A 1:1 ack 1 sack 1001:2001", "+0 < A 1:1 ack 1 sack 1001:3001",
           "+0 < A 1:1 ack 1 sack 1001:4001", "> A 1:1001", "+100 < A 1:1 ack 10001",
           "state ESTABLISHED");
    SCRIPT("RFC 8985, 6.2: fewer, when the reordering window has passed", FAR, TEN,
           "+100 < A 1:1 ack 8001", "+0 < A 1:1 ack 8001 sack 9001:10001", "+25 > A 8001:9001",
           "< A 1:1 ack 10001");
    SCRIPT("RFC 8985, 6.2: mere reordering sends nothing again", FAR, TEN, "+100 < A 1:1 ack 8001",
           "+0 < A 1:1 ack 8001 sack 9001:10001", "+10 < A 1:1 ack 10001", "+1000");
    SCRIPT("RFC 8985, 6.2: a lost retransmission is found too", FAR, TEN,
           "+100 < A 1:1 ack 1 sack 1001:5001", "> A 1:1001", "send 1000", "> PA 10001:11001",
           "+100 < A 1:1 ack 1 sack 1001:11001", "> A 1:1001", "< A 1:1 ack 11001");
    SCRIPT("RFC 6675: two holes, filled in order", FAR, TEN,
           "+100 < A 1:1 ack 1 sack 1001:2001,3001:10001", "> A 1:1001", "> A 2001:3001",
           "+100 < A 1:1 ack 10001");
    SCRIPT("RFC 2018, 8: a peer that goes back on its SACKs gets everything again", FAR, TEN,
           "+100 < A 1:1 ack 1 sack 1001:10001", "> A 1:1001", "+10 < A 1:1 ack 1001",
           "+300 > A 1001:2001", "+100 < A 1:1 ack 2001", "> A 2001:3001", "> A 3001:4001");
    SCRIPT("SACK of what is not in flight is discarded", FAR, TEN,
           "+100 < A 1:1 ack 1 sack 20001:30001", "< A 1:1 ack 1 sack 5001:4001",
           "< A 1:1 ack 10001");
    SCRIPT("a block that cuts segments counts as far as it goes", FAR, "send 3000", "> A 1:1001",
           "> A 1001:2001", "> PA 2001:3001", "+100 < A 1:1 ack 1 sack 1501:3001", "+26 > A 1:1001",
           "> A 1001:1501", "< A 1:1 ack 3001");
}

static void probes(void)
{
    SCRIPT("RFC 8985, 7: the tail is probed after two round trips", FAR, "send 3000", "> A 1:1001",
           "> A 1001:2001", "> PA 2001:3001", "+200 > PA 2001:3001",
           "+100 < A 1:1 ack 3001 sack 2001:3001", "+1000");
    SCRIPT("RFC 8985, 7: the probe brings SACK, and that the rest", FAR, "send 3000", "> A 1:1001",
           "> A 1001:2001", "> PA 2001:3001", "+200 > PA 2001:3001",
           "+100 < A 1:1 ack 1 sack 2001:3001", "> A 1:1001",
           "+100 < A 1:1 ack 1001 sack 2001:3001", "> A 1001:2001", "< A 1:1 ack 3001");
    SCRIPT("RFC 8985, 7: one probe, then the timeout", FAR, "send 3000", "> A 1:1001",
           "> A 1001:2001", "> PA 2001:3001", "+200 > PA 2001:3001", "+300 > A 1:1001",
           "< A 1:1 ack 3001");
    SCRIPT("RFC 8985, 7.3: new data are a probe", "connect 0", "> S 0:0",
           "+100 < SA 0:0 ack 1 win 65535 mss 1000 sackok", "> A 1:1 ack 1", "send 2000",
           "> A 1:1001", "> PA 1001:2001", "send 10", "> PA 2001:2011", "send 10",
           "+200 > PA 2011:2021", "< A 1:1 ack 2021");
}

static void newreno(void)
{
    SCRIPT("RFC 5681, 3.2: three duplicates, fast retransmit; RFC 3042: new data for the first two",
           FAR_PLAIN, TEN, "send 5000", "+100 < A 1:1 ack 1", "> A 10001:11001", "< A 1:1 ack 1",
           "> A 11001:12001", "< A 1:1 ack 1", "> A 1:1001", "+100 < A 1:1 ack 12001",
           "> A 12001:13001", "> A 13001:14001", "> PA 14001:15001");
    SCRIPT("RFC 6582, 3.2: a partial acknowledgement sends the next hole", FAR_PLAIN, TEN,
           "+100 < A 1:1 ack 1", "< A 1:1 ack 1", "< A 1:1 ack 1", "> A 1:1001",
           "+100 < A 1:1 ack 3001", "> A 3001:4001", "+100 < A 1:1 ack 10001");
    SCRIPT("a window update is no duplicate", FAR_PLAIN, TEN, "+100 < A 1:1 ack 1 win 60001",
           "< A 1:1 ack 1 win 60002", "< A 1:1 ack 1 win 60003", "< A 1:1 ack 1 win 60004",
           "< A 1:1 ack 10001");
}

static void undoing(void)
{
    SCRIPT("RFC 2883, 3708: DSACK of all that was sent again undoes the reduction", FAR, TEN,
           "+100 < A 1:1 ack 1 sack 1001:4001", "> A 1:1001", "+5 < A 1:1 ack 5001",
           "+0 < A 1:1 ack 5001 sack 1:1001", "send 6000", "> A 10001:11001", "> A 11001:12001",
           "> A 12001:13001", "> A 13001:14001", "> A 14001:15001");
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    timeouts();
    withdrawn_window();
    rack();
    probes();
    newreno();
    undoing();
    return failures != 0;
}
