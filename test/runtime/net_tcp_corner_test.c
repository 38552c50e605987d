// sources: runtime-c/net/tcp*.c runtime-c/base/log.c runtime-c/net/siphash.c runtime-c/sched/wheel.c
// flags: -fsanitize=address,undefined -fno-sanitize-recover=all
/* Corners: what runs out, what comes at an odd time, what is limited. */
#include "net_script.h"

static void running_out(void)
{
    SCRIPT("no memory for a request: a cookie", "memory 0", "listen 8", "< S 0:0 mss 1000",
           "> SA 0:0 ack 1", "requests 0", "memory 100", "< A 1:1 ack 1", "accepted 1");
    SCRIPT("no memory for the flow: the connection is reset", "listen 8", "< S 0:0 mss 1000",
           "> SA 0:0 ack 1", "memory -1", "< A 1:1 ack 1", "> R 1:1", "accepted 0", "requests 0");
    SCRIPT("no memory for TIME-WAIT: the flow just ends", ACTIVE, "shutdown", "> FA 1:1 ack 1",
           "< A 1:1 ack 2", "memory 0", "< FA 1:1 ack 2", "> A 2:2 ack 2", "time_waits 0",
           "state CLOSED");
    SCRIPT("no memory to cut what SACK cuts: it counts as not arrived", ACTIVE, "nodelay 1",
           "send 900", "> PA 1:901", "memory 0", "< A 1:1 ack 1 sack 401:901", "memory 100",
           "< A 1:1 ack 901");
    SCRIPT("no packet for an acknowledgement: later", ACTIVE, "packets 0", "< PA 1:11 ack 1",
           "packets 1", "+40 > A 1:1 ack 11");
    SCRIPT("no packet for a retransmission: later", ACTIVE, "send 10", "> PA 1:11", "packets 0",
           "+210", "packets 1", "+1 > PA 1:11", "< A 1:1 ack 11");
    SCRIPT("no packet for a SYN: the timer sends it", "packets 0", "connect 0", "+500", "packets 1",
           "+500 > S 0:0");
    SCRIPT("no packet for a reset: none", ACTIVE, "packets 0", "abort", "gone 1");
}

static void odd_times(void)
{
    SCRIPT("an odd ACK in SYN-RECEIVED after an active open", "connect 0", "> S 0:0",
           "< S 0:0 mss 1000", "> SA 0:0 ack 1", "< A 1:1 ack 0", "> R 0:0", "state SYN_RECEIVED");
    SCRIPT("shutdown in SYN-RECEIVED: FIN once established", "connect 0", "> S 0:0",
           "< S 0:0 mss 1000", "> SA 0:0 ack 1", "shutdown", "< A 1:1 ack 1", "> FA 1:1 ack 1",
           "state FIN_WAIT1");
    SCRIPT("shutdown in SYN-SENT just ends", "connect 0", "> S 0:0", "shutdown", "state CLOSED");
    SCRIPT("a request does not take what is outside its window", "listen 8", "< S 0:0 mss 1000",
           "> SA 0:0 ack 1", "< A 90000:90000 ack 1", "> SA 0:0 ack 1", "requests 1");
    SCRIPT("nor what is older than its SYN: RFC 7323, 5.3", "listen 8", "< S 0:0 mss 1000 ts 500 0",
           "> SA 0:0 ack 1", "< A 1:1 ack 1 ts 400 0", "> SA 0:0 ack 1", "< A 1:1 ack 1 ts 500 0",
           "accepted 1");
    SCRIPT("close in FIN-WAIT-2 starts its end", "linger2 5", ACTIVE, "shutdown", "> FA 1:1 ack 1",
           "< A 1:1 ack 2", "+20000 state FIN_WAIT2", "close", "+5001 gone 1");
    SCRIPT("TCP_LINGER2 below zero: FIN-WAIT-2 is reset", "linger2 -1", ACTIVE, "close",
           "> FA 1:1 ack 1", "< A 1:1 ack 2", "> RA 2:2 ack 1", "gone 1");
    SCRIPT("TCP_QUICKACK lets go what is held back", ACTIVE, "quickack 0", "< PA 1:11 ack 1",
           "quickack 1", "> A 1:1 ack 11", "< PA 11:21 ack 1", "> A 1:1 ack 21");
    SCRIPT("congestion control may change on the way", ACTIVE, "congestion 1", "send 1000",
           "> PA 1:1001", "congestion 0", "< A 1:1 ack 1001");
    SCRIPT("keep-alive leaves data in flight to their own timer", "keepalive 1", "keep_idle 1",
           ACTIVE, "send 10", "> PA 1:11", "+200 > PA 1:11", "+400 > PA 1:11", "+800 > PA 1:11",
           "< A 1:1 ack 11", "+1000 > A 10:10", "< A 1:1 ack 11");
    SCRIPT("RFC 6191: a SYN with a newer time stamp opens anew, whatever its number", "listen 8",
           "connect 80", "> S 0:0", "< SA 0:0 ack 1 mss 1000 ts 500 0", "> A 1:1 ack 1", "close",
           "> FA 1:1 ack 1", "< FA 1:1 ack 2 ts 600 0", "> A 2:2 ack 2",
           "< S 4294900000:4294900000 mss 1000 ts 700 0", "> SA 0:0 ack 4294900001", "requests 1");
    SCRIPT("RFC 6191: one with an older does not", "listen 8", "connect 80", "> S 0:0",
           "< SA 0:0 ack 1 mss 1000 ts 500 0", "> A 1:1 ack 1", "close", "> FA 1:1 ack 1",
           "< FA 1:1 ack 2 ts 600 0", "> A 2:2 ack 2", "< S 9:9 mss 1000 ts 400 0", "> A 2:2 ack 2",
           "time_waits 1");
    SCRIPT("RFC 8985, 7.4.2: a repaired tail means congestion", "connect 0", "> S 0:0",
           "+100 < SA 0:0 ack 1 win 65535 mss 1000 sackok", "> A 1:1 ack 1", "send 2000",
           "> A 1:1001", "> PA 1001:2001", "+200 > PA 1001:2001", "+100 < A 1:1 ack 2001",
           "send 1000", "> PA 2001:3001", "+100 < A 1:1 ack 3001", "send 20000", "> A 3001:4001",
           "> A 4001:5001", "> A 5001:6001", "> A 6001:7001", "> A 7001:8001", "> A 8001:9001",
           "> A 9001:10001");
    SCRIPT("more for the send buffer after shutdown is nothing", ACTIVE, "shutdown", "> FA 1:1",
           "more 5", "+10");
}

/* RFC 5961, 7: so many a second, over all connections. */
static void challenges_are_limited(void)
{
    const char *lines[] = {ACTIVE, NULL};
    u32 before;

    script_begin();
    for (u32 i = 0; lines[i]; i++)
        script_line(lines[i]);
    before = script.outs;
    for (u32 i = 0; i < 150; i++)
        script_line("< R 100:100"), script.looked = script.outs;
    check(script.outs - before == 100, "RFC 5961, 7: a hundred challenges a second: %u",
          script.outs - before);
    script_line("+1000");
    script_line("< R 100:100");
    check(script.outs - before == 101, "and then again");
    script_end();
    check(!pair_packets && !pair_objects, "nothing leaked");
}

static void segments_that_are_none(void)
{
    struct bp_packet *packet;

    script_begin();
    for (u32 len = 0; len < 20; len++) {
        packet = pair_packet();
        memset(bp_packet_data(packet), 0xff, 20);
        packet->len = packet->total = (u16)len;
        bp_tcp_input(&script.host->tcp, packet, &script.peer, &script.host->addr, 0);
    }
    check(script.host->tcp.stats.InErrs == 20 && !script.outs, "too short: counted, not answered");
    script_end();
    check(!pair_packets, "nothing leaked");
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    running_out();
    odd_times();
    challenges_are_limited();
    segments_that_are_none();
    return failures != 0;
}
