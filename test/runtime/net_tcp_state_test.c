// sources: runtime-c/net/tcp*.c runtime-c/base/log.c runtime-c/net/siphash.c runtime-c/sched/wheel.c
// flags: -fsanitize=address,undefined -fno-sanitize-recover=all
/* The state machine, rule by rule: opening, closing, resets, windows of acceptance. */
#include "net_script.h"

static void opening(void)
{
    SCRIPT("RFC 9293, 3.5: active open offers all options", "connect 0",
           "> S 0:0 mss 1460 sackok ts 0 0 ws 0", "< SA 0:0 ack 1 mss 1460", "> A 1:1 ack 1 nots",
           "state ESTABLISHED");
    SCRIPT("RFC 9293, 3.5: passive open takes what the peer offers", "listen 8",
           "< S 0:0 mss 1460 sackok ts 77 0 ws 3", "> SA 0:0 ack 1 mss 1460 sackok ts 0 77 ws 0",
           "requests 1", "< A 1:1 ack 1", "requests 0", "accepted 1", "state ESTABLISHED");
    SCRIPT("RFC 9293, 3.7.1: without the option the MSS is 536", "connect 0", "> S 0:0",
           "< SA 0:0 ack 1", "> A 1:1 ack 1", "send 1000", "> A 1:537", "> PA 537:1001");
    SCRIPT("RFC 6298, 5: SYN again after 1, 3, 7 seconds", "connect 0", "> S 0:0", "+1000 > S 0:0",
           "+2000 > S 0:0", "+4000 > S 0:0", "< SA 0:0 ack 1", "> A 1:1 ack 1");
    SCRIPT("RFC 9293, 3.10.7.3: an unacceptable ACK in SYN-SENT is refused", "connect 0", "> S 0:0",
           "< A 0:0 ack 5", "> R 5:5", "< SA 0:0 ack 7", "> R 7:7", "state SYN_SENT");
    SCRIPT("RFC 9293, 3.10.7.3: RST with a good ACK refuses the connection", "connect 0", "> S 0:0",
           "< RA 0:0 ack 1", "error 111", "state CLOSED");
    SCRIPT("RFC 9293, 3.10.7.3: RST without ACK is nothing", "connect 0", "> S 0:0", "< R 0:0",
           "state SYN_SENT");
    SCRIPT("RFC 9293, 3.5: simultaneous open", "connect 0", "> S 0:0", "< S 0:0 mss 1000 sackok",
           "> SA 0:0 ack 1", "state SYN_RECEIVED", "< A 1:1 ack 1", "state ESTABLISHED");
    SCRIPT("RFC 9293, 3.5: simultaneous open, the peer's SYN-ACK", "connect 0", "> S 0:0",
           "< S 0:0 mss 1000", "> SA 0:0 ack 1", "< SA 0:0 ack 1", "> A 1:1 ack 1", "< A 1:1 ack 1",
           "state ESTABLISHED");
    SCRIPT("RFC 9293, 3.10.7.4: RST in SYN-RECEIVED after an active open", "connect 0", "> S 0:0",
           "< S 0:0 mss 1000", "> SA 0:0 ack 1", "< R 1:1", "error 111");
    SCRIPT("RFC 9293, 3.10.7.1: a segment to nobody is reset", "listen 8", "from_port 7",
           "< A 9:9 ack 4", "> R 4:4");
    SCRIPT("RFC 9293, 3.10.7.4: the ACK of an odd number in SYN-RECEIVED", "listen 8",
           "< S 0:0 mss 1000", "> SA 0:0 ack 1", "< A 1:1 ack 9", "> R 9:9", "requests 1",
           "< A 1:1 ack 1", "accepted 1");
    SCRIPT("RFC 9293, 3.10.7.4: RST drops a half-open connection", "listen 8", "< S 0:0 mss 1000",
           "> SA 0:0 ack 1", "< R 1:1", "requests 0", "< A 1:1 ack 1", "> R 1:1");
    SCRIPT("RFC 6298: SYN-ACK again; given up after six", "listen 8", "< S 0:0 mss 1000",
           "> SA 0:0 ack 1", "+1000 > SA 0:0 ack 1", "+2000 > SA 0:0 ack 1", "+4000 > SA 0:0 ack 1",
           "+8000 > SA 0:0 ack 1", "+16000 > SA 0:0 ack 1", "+32002 requests 0");
    SCRIPT("a repeated SYN is answered again", "listen 8", "< S 0:0 mss 1000", "> SA 0:0 ack 1",
           "+10 < S 0:0 mss 1000", "> SA 0:0 ack 1", "requests 1");
    SCRIPT("data may come with the last ACK of the handshake", "listen 8", "< S 0:0 mss 1000",
           "> SA 0:0 ack 1", "< PA 1:101 ack 1", "> A 1:1 ack 101", "received 100");
    SCRIPT("RFC 7323, 2.2: no window scale unless both say so", "connect 0", "> S 0:0 ws 0",
           "< SA 0:0 ack 1 win 2 mss 1000", "> A 1:1 ack 1", "send 5", "> A 1:3");
    SCRIPT("the window of a SYN is not scaled, later ones are", "connect 0", "> S 0:0 ws 0",
           "< SA 0:0 ack 1 win 100 mss 1000 ws 4", "> A 1:1 ack 1", "nodelay 1", "send 200",
           "> A 1:101", "< A 1:1 ack 101 win 10", "> PA 101:201");
}

static void listening(void)
{
    SCRIPT("a full accept queue drops SYNs", "listen 8", "full 1", "< S 0:0 mss 1000", "requests 0",
           "full 0", "+1000 < S 0:0 mss 1000", "> SA 0:0 ack 1");
    SCRIPT("a full accept queue makes the handshake wait", "listen 8", "< S 0:0 mss 1000",
           "> SA 0:0 ack 1", "full 1", "< A 1:1 ack 1", "accepted 0", "requests 1", "full 0",
           "+1000 > SA 0:0 ack 1", "< A 1:1 ack 1", "accepted 1");
    SCRIPT("who does not take the connection resets it", "listen 8", "reject 1", "< S 0:0 mss 1000",
           "> SA 0:0 ack 1", "< A 1:1 ack 1", "> RA 1:1 ack 1", "accepted 0");
    SCRIPT("TCP_DEFER_ACCEPT: accepted with the first data", "defer_accept 5", "listen 8",
           "< S 0:0 mss 1000", "> SA 0:0 ack 1", "< A 1:1 ack 1", "accepted 0",
           "+3000 < PA 1:11 ack 1", "> A 1:1 ack 11", "accepted 1", "received 10");
    SCRIPT("TCP_DEFER_ACCEPT: or after its time", "defer_accept 2", "listen 8", "< S 0:0 mss 1000",
           "> SA 0:0 ack 1", "< A 1:1 ack 1", "accepted 0", "+3000 > SA 0:0 ack 1", "< A 1:1 ack 1",
           "accepted 1");
    SCRIPT("RFC 4987, 3.6: SYN cookies bring the MSS back", "listen 0", "< S 0:0 mss 1030",
           "> SA 0:0 ack 1", "requests 0", "objects 0", "< A 1:1 ack 1 win 20000", "accepted 1",
           "send 2000", "> A 1:1025", "> PA 1025:2001");
    SCRIPT("SYN cookies: options come back in the time stamp", "listen 0",
           "< S 0:0 mss 1030 sackok ts 500 0 ws 4", "> SA 0:0 ack 1 sackok ts 0 500 ws 0",
           "< A 1:1 ack 1 win 1000", "accepted 1", "< A 11:21 ack 1", "> A 1:1 ack 1 sack 11:21");
    SCRIPT("SYN cookies: a number made up is refused", "listen 0", "< S 0:0 mss 1000",
           "> SA 0:0 ack 1", "< A 1:1 ack 2", "> R 2:2", "accepted 0");
    SCRIPT("SYN cookies: they age", "listen 0", "< S 0:0 mss 1000", "> SA 0:0 ack 1",
           "+181000 < A 1:1 ack 1", "> R 1:1", "accepted 0");
    SCRIPT("without cookies a full SYN queue drops", "cookies 0", "listen 0", "< S 0:0 mss 1000",
           "requests 0");
    SCRIPT("the limit on all half-open connections counts too", "requests_max 0", "cookies 0",
           "listen 8", "< S 0:0 mss 1000", "requests 0");
}

static void closing(void)
{
    SCRIPT("RFC 9293, 3.6: active close, FIN-WAIT-1, FIN-WAIT-2, TIME-WAIT", ACTIVE, "shutdown",
           "> FA 1:1 ack 1", "state FIN_WAIT1", "< A 1:1 ack 2", "state FIN_WAIT2",
           "< FA 1:1 ack 2", "> A 2:2 ack 2", "peer_closed 1", "time_waits 1", "close", "gone 1",
           "+60001", "time_waits 0");
    SCRIPT("RFC 9293, 3.6: passive close, CLOSE-WAIT, LAST-ACK", ACTIVE, "< FA 1:1 ack 1",
           "> A 1:1 ack 2", "state CLOSE_WAIT", "peer_closed 1", "send 10", "> PA 1:11 ack 2",
           "close", "> FA 11:11 ack 2", "state LAST_ACK", "< A 2:2 ack 12", "gone 1",
           "time_waits 0", "objects 0");
    SCRIPT("RFC 9293, 3.6: simultaneous close, CLOSING", ACTIVE, "shutdown", "> FA 1:1 ack 1",
           "< FA 1:1 ack 1", "> A 2:2 ack 2", "state CLOSING", "< A 2:2 ack 2", "state CLOSED",
           "time_waits 1");
    SCRIPT("FIN and its ACK in one segment: straight to TIME-WAIT", ACTIVE, "shutdown",
           "> FA 1:1 ack 1", "< FA 1:1 ack 2", "> A 2:2 ack 2", "time_waits 1");
    SCRIPT("FIN goes with the last data", ACTIVE, "cork 1", "send 10", "shutdown",
           "> FPA 1:11 ack 1", "< A 1:1 ack 12", "state FIN_WAIT2", "acked 10");
    SCRIPT("half-close: data still come in", ACTIVE, "shutdown", "> FA 1:1 ack 1", "< A 1:1 ack 2",
           "< PA 1:101 ack 2", "> A 2:2 ack 101", "received 100", "state FIN_WAIT2");
    SCRIPT("RFC 9293, 3.8.1: FIN is retransmitted", ACTIVE, "shutdown", "> FA 1:1 ack 1",
           "+200 > FA 1:1 ack 1", "+400 > FA 1:1 ack 1", "< A 1:1 ack 2", "state FIN_WAIT2");
    SCRIPT("a FIN again in CLOSE-WAIT is acknowledged again", ACTIVE, "< FA 1:1 ack 1",
           "> A 1:1 ack 2", "+10 < FA 1:1 ack 1", "> A 1:1 ack 2", "state CLOSE_WAIT");
    SCRIPT("FIN out of order waits for what is missing", ACTIVE, "< FA 101:101 ack 1",
           "> A 1:1 ack 1", "state ESTABLISHED", "< PA 1:101 ack 1", "> A 1:1 ack 102",
           "state CLOSE_WAIT", "received 100");
    SCRIPT("RFC 1122, 4.2.2.13: data for a closed socket are reset", ACTIVE, "close",
           "> FA 1:1 ack 1", "< A 1:1 ack 2", "state FIN_WAIT2", "< PA 1:11 ack 2",
           "> RA 2:2 ack 1", "gone 1");
    SCRIPT("TCP_LINGER2: FIN-WAIT-2 without a reader ends", "linger2 5", ACTIVE, "close",
           "> FA 1:1 ack 1", "< A 1:1 ack 2", "gone 0", "+5001 gone 1", "objects 0");
    SCRIPT("abort sends RST", ACTIVE, "abort", "> RA 1:1 ack 1", "gone 1", "objects 0");
    SCRIPT("close in SYN-SENT just ends", "connect 0", "> S 0:0", "close", "gone 1", "objects 0");
}

static void time_wait(void)
{
#define IN_TIME_WAIT                                                              \
    "connect 80", "> S 0:0", "< SA 0:0 ack 1 mss 1000", "> A 1:1 ack 1", "close", \
        "> FA 1:1 ack 1", "< FA 1:1 ack 2", "> A 2:2 ack 2", "gone 1"
    SCRIPT("RFC 9293, 3.10.7.4: FIN again in TIME-WAIT: ACK, and the minute begins anew",
           IN_TIME_WAIT, "+30000 < FA 1:1 ack 2", "> A 2:2 ack 2", "+40000 time_waits 1",
           "+20001 time_waits 0");
    SCRIPT("RFC 1337: RST does not end TIME-WAIT", IN_TIME_WAIT, "< R 2:2", "time_waits 1");
    SCRIPT("old data in TIME-WAIT are acknowledged", IN_TIME_WAIT, "< PA 1:11 ack 2",
           "> A 2:2 ack 2");
    SCRIPT("RFC 9293, 3.6.1: a newer SYN opens anew", "listen 8", IN_TIME_WAIT, "< S 9:9 mss 1000",
           "> SA 0:0 ack 10", "time_waits 0", "requests 1");
    SCRIPT("an old SYN does not", IN_TIME_WAIT, "< S 1:1 mss 1000", "> A 2:2 ack 2",
           "time_waits 1");
}

static void resets(void)
{
    SCRIPT("RFC 5961, 3.2: RST with the exact number resets", ACTIVE, "< R 1:1", "error 104",
           "state CLOSED");
    SCRIPT("RFC 5961, 3.2: RST within the window is challenged", ACTIVE, "< R 100:100",
           "> A 1:1 ack 1", "state ESTABLISHED", "error 0");
    SCRIPT("RFC 5961, 3.2: RST outside is dropped", ACTIVE, "< R 200000:200000",
           "state ESTABLISHED");
    SCRIPT("RFC 5961, 4.2: a SYN is challenged", ACTIVE, "< S 50:50", "> A 1:1 ack 1",
           "state ESTABLISHED");
    SCRIPT("RFC 5961, 5.2: an ACK of what was never sent is challenged", ACTIVE, "< A 1:11 ack 999",
           "> A 1:1 ack 1", "received 0");
    SCRIPT("RFC 5961, 5.2: a very old ACK too", ACTIVE, "send 10", "> PA 1:11",
           "< A 1:1 ack 4294000000", "> A 11:11 ack 1", "acked 0", "< A 1:1 ack 11", "acked 10");
    SCRIPT("a reset after the peer's FIN is EPIPE, as in Linux", ACTIVE, "< FA 1:1 ack 1",
           "> A 1:1 ack 2", "< R 2:2", "error 32");
    SCRIPT("RFC 9293, 3.10.7.4: what is outside the window is acknowledged", ACTIVE,
           "< A 4294967200:4294967210 ack 1", "> A 1:1 ack 1 sack 4294967200:4294967210",
           "received 0");
    SCRIPT("but without data not more than twice a second", ACTIVE, "< A 0:0 ack 1",
           "> A 1:1 ack 1", "+10 < A 4294967000:4294967000 ack 1",
           "+500 < A 4294967000:4294967000 ack 1", "> A 1:1 ack 1");
    SCRIPT("a segment without ACK is dropped", ACTIVE, "< P 1:11", "received 0");
    SCRIPT("RFC 9293, 3.8.5: urgent data stay in the stream", ACTIVE, "< PAU 1:11 ack 1",
           "> A 1:1 ack 11", "received 10");
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    opening();
    listening();
    closing();
    time_wait();
    resets();
    return failures != 0;
}
