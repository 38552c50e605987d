// sources: runtime-c/net/tcp*.c runtime-c/base/log.c runtime-c/net/siphash.c runtime-c/sched/wheel.c
// flags: -fsanitize=address,undefined -fno-sanitize-recover=all
/* Urgent data: RFC 9293, 3.8.5; RFC 6093; where they differ, as Linux. */
#include "net_script.h"

static void arrives(void)
{
    SCRIPT("RFC 6093, 3.1: the pointer is behind the urgent byte", ACTIVE, "< PAU 1:11 ack 1 urg 5",
           "> A 1:1 ack 11", "received 10", "urgents 1", "urgent_at 5");
    SCRIPT("it may be the only byte", ACTIVE, "< PAU 1:2 ack 1 urg 1", "> A 1:1 ack 2", "urgents 1",
           "urgent_at 1");
    SCRIPT("it is told of before it comes", ACTIVE, "< AU 1:1001 ack 1 urg 1500",
           "> A 1:1 ack 1001", "urgents 1", "urgent_at 0", "< PAU 1001:2001 ack 1 urg 500",
           "> A 1:1 ack 2001", "urgents 1", "urgent_at 1500");
    SCRIPT("and without data", ACTIVE, "< AU 1:1 ack 1 urg 1", "urgents 1", "urgent_at 0",
           "< PA 1:2 ack 1", "> A 1:1 ack 2", "urgent_at 1");
    SCRIPT("a segment without URG says nothing: its pointer is not looked at", ACTIVE,
           "< PA 1:11 ack 1 urg 5", "> A 1:1 ack 11", "urgents 0", "urgent_at 0");
    SCRIPT("the same pointer again is no news", ACTIVE, "< AU 1:1 ack 1 urg 10",
           "< AU 1:1 ack 1 urg 10", "urgents 1", "< PA 1:11 ack 1", "> A 1:1 ack 11",
           "urgent_at 10");
    SCRIPT("one that goes back is none", ACTIVE, "< AU 1:1 ack 1 urg 10", "< AU 1:1 ack 1 urg 5",
           "urgents 1", "< PA 1:11 ack 1", "> A 1:1 ack 11", "urgent_at 10");
    SCRIPT("a later one replaces it", ACTIVE, "< AU 1:1 ack 1 urg 10", "< AU 1:1 ack 1 urg 20",
           "urgents 2", "< PA 1:31 ack 1", "> A 1:1 ack 31", "urgent_at 20");
    SCRIPT("one for what has been read says nothing", ACTIVE, "< PA 1:11 ack 1", "> A 1:1 ack 11",
           "< AU 11:11 ack 1 urg 0", "urgents 1", "< AU 1:11 ack 1 urg 5",
           "> A 1:1 ack 11 sack 1:11", "urgents 1", "urgent_at 0");
    SCRIPT("a pointer of 0 is the first byte, as Linux has it", ACTIVE, "< PAU 1:11 ack 1 urg 0",
           "> A 1:1 ack 11", "urgent_at 1");
    SCRIPT("what comes early is urgent at its place", ACTIVE, "< PAU 1001:1011 ack 1 urg 10",
           "> A 1:1 ack 1 sack 1001:1011", "urgents 1", "urgent_at 0", "< A 1:1001 ack 1",
           "> A 1:1 ack 1011", "received 1010", "urgent_at 1010");
    SCRIPT("a pointer beyond the window promises nothing", ACTIVE, "< AU 1:11 ack 1 urg 65535",
           "> A 1:1 ack 11", "urgents 1", "urgent_at 0", "received 10");
    SCRIPT("two, one behind the other", ACTIVE, "< PAU 1:11 ack 1 urg 10", "> A 1:1 ack 11",
           "< PAU 11:21 ack 1 urg 10", "> A 1:1 ack 21", "urgents 2", "urgent_at 20");
    SCRIPT("not joined to others of its burst", ACTIVE, "<< A 1:1001 ack 1",
           "<< AU 1001:2001 ack 1 urg 1000", "joined 0", "settle", "> A 1:1 ack 2001",
           "urgent_at 2000");
    SCRIPT("outside the window it says nothing", ACTIVE, "< PAU 90001:90011 ack 1 urg 5",
           "> A 1:1 ack 1", "urgents 0");
    SCRIPT("nor with an acknowledgement of the unsent", ACTIVE, "< PAU 1:11 ack 5000 urg 5",
           "> A 1:1 ack 1", "urgents 0");
    SCRIPT("after FIN there is none", ACTIVE, "< FA 1:1 ack 1", "> A 1:1 ack 2",
           "< AU 2:2 ack 1 urg 9", "urgents 0");
    SCRIPT("with FIN", ACTIVE, "< FPAU 1:11 ack 1 urg 10", "> A 1:1 ack 12", "urgents 1",
           "urgent_at 10", "peer_closed 1");
    SCRIPT("a reader without room gets it later", ACTIVE, "slow 1", "window 5",
           "< PAU 1:11 ack 1 urg 8", "> A 1:1 ack 6", "urgents 1", "urgent_at 0", "consume 5",
           "< PAU 6:11 ack 1 urg 3", "> A 1:1 ack 11", "urgents 1", "urgent_at 8");
}

static void leaves(void)
{
    SCRIPT("RFC 6093, 3.1: the pointer is behind the urgent byte", ACTIVE, "send_urgent 10",
           "> PAU 1:11 urg 10", "< A 1:1 ack 11", "send 5", "> PA 11:16", "< A 1:1 ack 16");
    SCRIPT("all before it point at it", ACTIVE, "send_urgent 2500", "> AU 1:1001 urg 2500",
           "> AU 1001:2001 urg 1500", "> PAU 2001:2501 urg 500", "< A 1:1 ack 2501");
    SCRIPT("what follows does not", ACTIVE, "send_urgent 10", "> PAU 1:11 urg 10", "send 10",
           "> PA 11:21", "< A 1:1 ack 21");
    SCRIPT("it waits for nothing: not for Nagle", ACTIVE, "send 10", "> PA 1:11", "send_urgent 1",
           "> PAU 11:12 urg 1", "< A 1:1 ack 12");
    SCRIPT("nor for a cork", ACTIVE, "cork 1", "send_urgent 10", "> PAU 1:11 urg 10",
           "< A 1:1 ack 11");
    SCRIPT("acknowledgements tell of it, too", "connect 0", "> S 0:0",
           "< SA 0:0 ack 1 win 10 mss 1000 sackok", "> A 1:1 ack 1", "send_urgent 20",
           "> AU 1:11 urg 20", "< A 1:1 ack 11 win 0", "< PA 1:2 ack 11 win 0",
           "> AU 11:11 ack 2 urg 10", "< A 2:2 ack 11 win 100", "> PAU 11:21 urg 10",
           "< A 2:2 ack 21");
    SCRIPT("sent again, it is still urgent", ACTIVE, "send_urgent 10", "> PAU 1:11 urg 10",
           "+200 > PAU 1:11 urg 10", "< A 1:1 ack 11");
    SCRIPT("the last one counts", ACTIVE, "send_urgent 10", "> PAU 1:11 urg 10", "send_urgent 10",
           "> PAU 11:21 urg 10", "+200 > AU 1:11 urg 20", "> PAU 11:21 urg 10", "< A 1:1 ack 11",
           "< A 1:1 ack 21");
    SCRIPT("devices that cut do not cut what is urgent", "offloads 24", ACTIVE, "send_urgent 2500",
           "> AU 1:1001 urg 2500", "> AU 1001:2001 urg 1500", "> PAU 2001:2501 urg 500",
           "< A 1:1 ack 2501", "send 2500", "> PA 2501:5001 seg 1000", "< A 1:1 ack 5001");
    SCRIPT("with FIN", ACTIVE, "cork 1", "packets 0", "send_urgent 10", "close", "packets 1",
           "+3 > FPAU 1:11 urg 10", "< A 1:1 ack 12");
    SCRIPT("a reset is not urgent", ACTIVE, "send_urgent 10", "> PAU 1:11 urg 10", "abort",
           "> RA 11:11");
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    arrives();
    leaves();
    return failures != 0;
}
