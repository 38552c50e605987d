// sources: runtime-c/net/tcp*.c runtime-c/base/log.c runtime-c/net/siphash.c runtime-c/sched/wheel.c
// flags: -fsanitize=address,undefined -fno-sanitize-recover=all
/* Segments of one burst are joined as Linux's GRO joins them, and cut as by its GSO; the peer
 * cannot tell. */
#include "net_script.h"

static void joins(void)
{
    SCRIPT("two full segments are one, acknowledged at once: RFC 5681, 4.2", ACTIVE, "quickack 0",
           "<< A 1:1001 ack 1", "<< A 1001:2001 ack 1", "joined 1", "received 0", "settle",
           "> A 1:1 ack 2001", "received 2000", "segs_in 3");
    SCRIPT("ten of them: one acknowledgement", ACTIVE, "<< A 1:1001 ack 1", "<< A 1001:2001 ack 1",
           "<< A 2001:3001 ack 1", "<< A 3001:4001 ack 1", "<< A 4001:5001 ack 1",
           "<< A 5001:6001 ack 1", "<< A 6001:7001 ack 1", "<< A 7001:8001 ack 1",
           "<< A 8001:9001 ack 1", "<< A 9001:10001 ack 1", "joined 9", "settle",
           "> A 1:1 ack 10001", "segs_in 11");
    SCRIPT("one alone is one: its acknowledgement may wait", ACTIVE, "quickack 0",
           "<< A 1:1001 ack 1", "joined 0", "settle", "received 1000", "+40 > A 1:1 ack 1001");
    SCRIPT("the size of the peer's segments is not that of what they were joined to", ACTIVE,
           "<< A 1:1001 ack 1", "<< A 1001:2001 ack 1", "settle", "> A 1:1 ack 2001", "quickack 0",
           "< A 2001:3001 ack 1", "< A 3001:4001 ack 1", "> A 1:1 ack 4001");
    SCRIPT("a shorter one is the last", ACTIVE, "<< A 1:1001 ack 1", "<< A 1001:1501 ack 1",
           "joined 1", "received 1500", "<< A 1501:2501 ack 1", "joined 1", "settle",
           "> A 1:1 ack 2501", "received 2500");
    SCRIPT("PSH is the last", ACTIVE, "<< A 1:1001 ack 1", "<< PA 1001:2001 ack 1", "joined 1",
           "received 2000", "settle", "> A 1:1 ack 2001");
    SCRIPT("FIN, too", ACTIVE, "<< A 1:1001 ack 1", "<< FA 1001:2001 ack 1", "joined 1",
           "received 2000", "peer_closed 1", "settle", "> A 1:1 ack 2002", "state CLOSE_WAIT");
    SCRIPT("time stamps that are the same", TIMED, "<< A 1:1001 ack 1 ts 1000010 0",
           "<< A 1001:2001 ack 1 ts 1000010 0", "joined 1", "settle",
           "> A 1:1 ack 2001 ts 0 1000010");
    SCRIPT("what comes alone ends the wait", ACTIVE, "<< A 1:1001 ack 1", "< A 1001:2001 ack 1",
           "> A 1:1 ack 2001", "joined 0", "received 2000");
    SCRIPT("so does the end of a turn", ACTIVE, "<< A 1:1001 ack 1", "quickack 1",
           "> A 1:1 ack 1001");
    SCRIPT("and a timer", ACTIVE, "<< A 1:1001 ack 1", "+1 > A 1:1 ack 1001", "received 1000");
    SCRIPT("they may come early, and count as many", "reassembly_packets 3", ACTIVE,
           "<< A 1001:2001 ack 1", "<< A 2001:3001 ack 1", "joined 1", "settle",
           "> A 1:1 ack 1 sack 1001:3001", "<< A 5001:6001 ack 1", "<< A 6001:7001 ack 1", "settle",
           "> A 1:1 ack 1 sack 1001:3001", "< A 5001:6001 ack 1",
           "> A 1:1 ack 1 sack 5001:6001,1001:3001", "< A 1:1001 ack 1",
           "> A 1:1 ack 3001 sack 5001:6001");
}

static void keeps_apart(void)
{
    SCRIPT("another acknowledgement", ACTIVE, "nodelay 1", "send 1000", "> PA 1:1001",
           "<< A 1:1001 ack 1", "<< A 1001:2001 ack 1001", "joined 0", "settle",
           "> A 1001:1001 ack 2001", "acked 1000");
    SCRIPT("another window", ACTIVE, "<< A 1:1001 ack 1 win 20000",
           "<< A 1001:2001 ack 1 win 19000", "joined 0", "settle", "> A 1:1 ack 2001");
    SCRIPT("another time stamp", TIMED, "<< A 1:1001 ack 1 ts 1000010 0",
           "<< A 1001:2001 ack 1 ts 1000011 0", "joined 0", "settle",
           "> A 1:1 ack 2001 ts 0 1000010");
    SCRIPT("a time stamp that is missing", TIMED, "<< A 1:1001 ack 1 ts 1000010 0",
           "<< A 1001:2001 ack 1 nots", "joined 0", "settle", "> A 1:1 ack 2001");
    SCRIPT("SACK", ACTIVE, "send 3000", "> A 1:1001", "> A 1001:2001", "> PA 2001:3001",
           "<< A 1:1001 ack 1", "<< A 1001:2001 ack 1 sack 1001:2001", "joined 0", "settle",
           "> A 1:1001 ack 2001", "< A 2001:2001 ack 3001");
    SCRIPT("a mark of congestion: RFC 3168, 6.1.3", "ecn 1", "connect 0", "> SEC 0:0",
           "< SAE 0:0 ack 1 win 20000 mss 1000 sackok", "> A 1:1 ack 1", "<< A 1:1001 ack 1",
           "<< A 1001:2001 ack 1 ce", "joined 0", "settle", "> AE 1:1 ack 2001");
    SCRIPT("all of them marked", "ecn 1", "connect 0", "> SEC 0:0",
           "< SAE 0:0 ack 1 win 20000 mss 1000 sackok", "> A 1:1 ack 1", "<< A 1:1001 ack 1 ce",
           "<< A 1001:2001 ack 1 ce", "joined 1", "settle", "> AE 1:1 ack 2001",
           "<< AC 2001:3001 ack 1", "<< A 3001:4001 ack 1", "joined 1", "settle",
           "> A 1:1 ack 4001");
    SCRIPT("a gap", ACTIVE, "<< A 1:1001 ack 1", "<< A 2001:3001 ack 1", "joined 0", "settle",
           "> A 1:1 ack 1001 sack 2001:3001");
    SCRIPT("the same once more", ACTIVE, "<< A 1:1001 ack 1", "<< A 1:1001 ack 1", "joined 0",
           "settle", "> A 1:1 ack 1001 sack 1:1001");
    SCRIPT("what overlaps", ACTIVE, "<< A 1:1001 ack 1", "<< A 501:1501 ack 1", "joined 0",
           "settle", "> A 1:1 ack 1501 sack 501:1001");
    SCRIPT("a larger one", ACTIVE, "<< A 1:901 ack 1", "<< A 901:1901 ack 1", "joined 0", "settle",
           "> A 1:1 ack 1901");
    SCRIPT("an acknowledgement alone", ACTIVE, "<< A 1:1001 ack 1", "<< A 1001:1001 ack 1",
           "joined 0", "received 1000", "settle", "> A 1:1 ack 1001");
    SCRIPT("a reset: what came before it is delivered", ACTIVE, "<< A 1:1001 ack 1",
           "<< R 1001:1001", "received 1000", "error 104", "settle");
    SCRIPT("a SYN", ACTIVE, "<< A 1:1001 ack 1", "<< S 1001:1001 ack 1", "> A 1:1 ack 1001",
           "joined 0", "settle");
    SCRIPT("small ones wait for nothing", ACTIVE, "<< PA 1:101 ack 1", "received 100",
           "<< PA 101:201 ack 1", "received 200", "joined 0", "settle", "> A 1:1 ack 201");
}

static void without_a_flow(void)
{
    SCRIPT("with the handshake's last segment", "listen 8", "< S 0:0 win 20000 mss 1000 sackok",
           "> SA 0:0 ack 1", "<< A 1:1001 ack 1 win 20000", "<< A 1001:2001 ack 1 win 20000",
           "joined 1", "settle", "> A 1:1 ack 2001", "accepted 1", "received 2000");
    SCRIPT("to nobody: one reset", "connect 0", "> S 0:0", "abort", "<< A 1:1001 ack 7",
           "<< A 1001:2001 ack 7", "settle", "> R 7:7");
    SCRIPT("after the end: a reset, and nothing is left", ACTIVE, "<< A 1:1001 ack 1", "abort",
           "> RA 1:1 ack 1", "> R 1:1");
}

/* One send is one record of the scoreboard, whoever cuts it. */
static void cuts(void)
{
    SCRIPT("we cut: PSH is the last one's, and one record is of them all", ACTIVE, "objects 1",
           "send 3500", "> A 1:1001", "> A 1001:2001", "> A 2001:3001", "> PA 3001:3501",
           "objects 3", "< A 1:1 ack 3501", "objects 1", "acked 3500");
    SCRIPT("FIN is the last one's, too", ACTIVE, "cork 1", "send 2500", "> A 1:1001",
           "> A 1001:2001", "close", "> FPA 2001:2501", "< A 1:1 ack 2502");
    SCRIPT("with FIN in one go", ACTIVE, "packets 0", "send 2500", "close", "packets 1",
           "+3 > A 1:1001", "> A 1001:2001", "> FPA 2001:2501", "< A 1:1 ack 2502");
    SCRIPT("SACK cuts the record where it has to", ACTIVE, "send 4000", "> A 1:1001",
           "> A 1001:2001", "> A 2001:3001", "> PA 3001:4001", "< A 1:1 ack 1001 sack 2001:4001",
           "> A 1001:2001", "< A 1:1 ack 4001", "objects 1");
    SCRIPT("a timeout sends what the window then takes", PLAIN, "send 4000", "> A 1:1001",
           "> A 1001:2001", "> A 2001:3001", "> PA 3001:4001", "+200 > A 1:1001",
           "< A 1:1 ack 1001", "> A 1001:2001", "> A 2001:3001", "< A 1:1 ack 4001");
    SCRIPT("too few packets for all of it: nothing leaves, then everything", ACTIVE,
           "few_packets 2", "send 4000", "few_packets 100", "+3 > A 1:1001", "> A 1001:2001",
           "> A 2001:3001", "> PA 3001:4001", "< A 1:1 ack 4001");
    SCRIPT("no memory for the record: nothing leaves, then everything", ACTIVE, "memory 1",
           "send 2000", "memory 9", "+3 > A 1:1001", "> PA 1001:2001", "< A 1:1 ack 2001");
    SCRIPT("CWR goes with the first: RFC 3168, 6.1.2", "ecn 1", "connect 0", "> SEC 0:0",
           "< SAE 0:0 ack 1 win 60000 mss 1000 sackok", "> A 1:1 ack 1", "send 1000",
           "> PA 1:1001 ect", "< AE 1:1 ack 1001", "send 3000", "> CA 1001:2001 ect",
           "> A 2001:3001 ect", "> PA 3001:4001 ect", "< A 1:1 ack 4001");
    SCRIPT("the device cuts (TSO)", "offloads 24", ACTIVE, "send 3500", "> PA 1:3501 seg 1000",
           "< A 1:1 ack 3501");
    SCRIPT("but not what is one segment", "offloads 24", ACTIVE, "send 1000", "> PA 1:1001",
           "< A 1:1 ack 1001");
    SCRIPT("a device that sends no chains does not", "offloads 8", ACTIVE, "send 2000",
           "> A 1:1001", "> PA 1001:2001", "< A 1:1 ack 2001");
    SCRIPT("what is lost of it is sent again in whole segments", "offloads 24", ACTIVE, "send 5000",
           "> PA 1:5001 seg 1000", "< A 1:1 ack 1001 sack 3001:5001", "> A 1001:3001 seg 1000",
           "< A 1:1 ack 5001");
    SCRIPT("a narrower path: smaller ones, RFC 1191, 6.3", "offloads 24", ACTIVE, "send 4000",
           "> PA 1:4001 seg 1000", "too_big 640", "> PA 1:4001 seg 600", "< A 1:1 ack 4001");
    SCRIPT("a narrower path where we cut", ACTIVE, "send 2000", "> A 1:1001", "> PA 1001:2001",
           "too_big 640", "> A 1:601", "> A 601:1201", "> A 1201:1801", "> PA 1801:2001",
           "< A 1:1 ack 2001");
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    joins();
    keeps_apart();
    without_a_flow();
    cuts();
    return failures != 0;
}
