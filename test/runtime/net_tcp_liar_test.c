// sources: runtime-c/net/tcp*.c runtime-c/base/log.c runtime-c/net/siphash.c runtime-c/sched/wheel.c
// flags: -fsanitize=address,undefined -fno-sanitize-recover=all
/* A peer that lies: in every state, what no honest one would send; and what it cannot make us keep.
 */
#include "net/tcp_flow.h"
#include "net_script.h"

/* ---- every state, every lie -------------------------------------------------------------- */

#define FIN_WAIT1 ACTIVE, "shutdown", "> FA 1:1 ack 1"
#define FIN_WAIT2 FIN_WAIT1, "< A 1:1 ack 2"
#define CLOSE_WAIT ACTIVE, "< FA 1:1 ack 1", "> A 1:1 ack 2"
#define CLOSING FIN_WAIT1, "< FA 1:1 ack 1", "> A 2:2 ack 2"
#define LAST_ACK CLOSE_WAIT, "shutdown", "> FA 1:1 ack 2"

/* The state, how it is reached, our next number ($n) and the peer's ($p). */
static const struct {
    const char *name;
    const char *lines[16];
    u32 n, p;
} states[] = {
    {"ESTABLISHED", {ACTIVE}, 1, 1},  {"FIN_WAIT1", {FIN_WAIT1}, 2, 1},
    {"FIN_WAIT2", {FIN_WAIT2}, 2, 1}, {"CLOSE_WAIT", {CLOSE_WAIT}, 1, 2},
    {"CLOSING", {CLOSING}, 2, 2},     {"LAST_ACK", {LAST_ACK}, 2, 2},
    {"ESTABLISHED", {PASSIVE}, 1, 1},
};

/* $s is the state; $p+10 and the like are numbers. */
static const struct {
    const char *name;
    const char *lines[6];
} lies[] = {
    {"RFC 5961, 3.2: RST within the window is challenged",
     {"< R $p+100:$p+100", "> A $n:$n ack $p", "state $s"}},
    {"RFC 5961, 3.2: RST before the window is nothing", {"< R 4294900000:4294900000", "state $s"}},
    {"RFC 5961, 3.2: RST behind the window is nothing", {"< R 100000:100000", "state $s"}},
    {"RFC 5961, 3.2: RST with an odd ACK counts by its own number",
     {"< RA $p+1:$p+1 ack 77777", "> A $n:$n ack $p", "state $s"}},
    {"RFC 5961, 4.2: a SYN at the next number is challenged",
     {"< S $p:$p mss 1000", "> A $n:$n ack $p", "state $s"}},
    {"RFC 5961, 4.2: a SYN anywhere is challenged",
     {"< S 100000:100000 mss 9", "> A $n:$n ack $p", "state $s"}},
    {"RFC 5961, 4.2: a SYN-ACK too", {"< SA 0:0 ack 1 mss 9", "> A $n:$n ack $p", "state $s"}},
    {"RFC 5961, 5.2: an ACK of the unsent is challenged",
     {"< A $p:$p ack $n+1", "> A $n:$n ack $p", "state $s"}},
    {"RFC 5961, 5.2: also half the numbers away",
     {"< A $p:$p ack 2147483000", "> A $n:$n ack $p", "state $s"}},
    {"RFC 5961, 5.2: a very old ACK is challenged",
     {"< A $p:$p ack 4294900000", "> A $n:$n ack $p", "state $s"}},
    {"RFC 9293, 3.10.7.4: without ACK there is nothing", {"< P $p:$p+10", "state $s"}},
    {"no flag at all is nothing", {"< . $p:$p+10", "state $s"}},
    {"FIN without ACK is nothing", {"< F $p:$p", "state $s"}},
    {"SYN and FIN are a SYN", {"< SF $p:$p", "> A $n:$n ack $p", "state $s"}},
    {"every flag is an RST", {"< FSRPAUEC $p+1:$p+9 ack $n urg 4", "> A $n:$n ack $p", "state $s"}},
    {"RFC 9293, 3.10.7.4: data behind the window are answered, not taken",
     {"< PA 100000:100010 ack $n", "> A $n:$n ack $p", "received 0"}},
    {"RFC 9293, 3.10.7.4: so are old data, with a DSACK",
     {"< PA 4294966000:4294966010 ack $n", "> A $n:$n ack $p sack 4294966000:4294966010",
      "received 0"}},
    {"FIN behind the window closes nothing", {"< FA 100000:100000 ack $n", "> A $n:$n ack $p"}},
    {"RFC 5961, 3.2: RST with the exact number ends it", {"< R $p:$p", "state CLOSED"}},
};

/* Replaces $s, and $n and $p with the number added. */
static const char *spell(const char *line, u32 state, char *to, size_t size)
{
    size_t at = 0;

    while (*line && at + 16 < size) {
        u32 number;

        if (*line != '$') {
            to[at++] = *line++;
            continue;
        }
        line += 2;
        if (line[-1] == 's') {
            at += (size_t)snprintf(to + at, size - at, "%s", states[state].name);
            continue;
        }
        number = line[-1] == 'n' ? states[state].n : states[state].p;
        if (*line == '+')
            number += (u32)strtoul(line + 1, (char **)&line, 10);
        at += (size_t)snprintf(to + at, size - at, "%u", number);
    }
    to[at] = 0;
    return to;
}

static void lie_in_state(u32 lie, u32 state)
{
    static char spelt[6][160];
    const char *lines[24] = {0};
    char name[160];
    u32 count = 0;

    for (u32 i = 0; states[state].lines[i]; i++)
        lines[count++] = states[state].lines[i];
    for (u32 i = 0; lies[lie].lines[i]; i++)
        lines[count++] = spell(lies[lie].lines[i], state, spelt[i], sizeof(spelt[i]));
    snprintf(name, sizeof(name), "%s: %s", states[state].name, lies[lie].name);
    script_run(name, lines);
}

static void lies_in_states(void)
{
    for (u32 state = 0; state < ARRAY_SIZE(states); state++)
        for (u32 lie = 0; lie < ARRAY_SIZE(lies); lie++)
            lie_in_state(lie, state);
}

/* ---- before there is a connection -------------------------------------------------------- */

static void half_open(void)
{
    SCRIPT("SYN-SENT: an ACK of too much is refused", "connect 0", "> S 0:0",
           "< SA 0:0 ack 2 mss 1000", "> R 2:2", "state SYN_SENT");
    SCRIPT("SYN-SENT: an ACK of nothing is refused", "connect 0", "> S 0:0",
           "< SA 0:0 ack 0 mss 1000", "> R 0:0", "state SYN_SENT");
    SCRIPT("SYN-SENT: data without a SYN are nothing", "connect 0", "> S 0:0", "< A 1:11 ack 1",
           "state SYN_SENT", "received 0");
    SCRIPT("SYN-SENT: RST with an odd ACK is nothing", "connect 0", "> S 0:0", "< RA 0:0 ack 5",
           "state SYN_SENT");
    SCRIPT("SYN-SENT: FIN is nothing", "connect 0", "> S 0:0", "< F 0:0", "state SYN_SENT");
    SCRIPT("SYN-SENT: a window scale of 255 is 14: RFC 7323, 2.3", "connect 0", "> S 0:0",
           "< SA 0:0 ack 1 win 10 mss 1000 ws 255", "> A 1:1 ack 1", "state ESTABLISHED");
    SCRIPT("SYN-SENT: an MSS of 1 is not obeyed: 48 is the least", "connect 0", "> S 0:0",
           "< SA 0:0 ack 1 win 100 mss 1", "> A 1:1 ack 1", "nodelay 1", "send 50", "> A 1:49",
           "> PA 49:51", "< A 1:1 ack 51");
    SCRIPT("SYN-SENT: nor one of 0", "connect 0", "> S 0:0", "< SA 0:0 ack 1 win 100 mss 0",
           "> A 1:1 ack 1", "send 10", "> PA 1:11", "< A 1:1 ack 11");
    SCRIPT("SYN-SENT: an MSS of 65535 is ours", "connect 0", "> S 0:0",
           "< SA 0:0 ack 1 win 60000 mss 65535", "> A 1:1 ack 1", "send 2000", "> A 1:1461",
           "> PA 1461:2001", "< A 1:1 ack 2001");
    SCRIPT("LISTEN: RST is nothing", "listen 8", "< R 0:0", "requests 0");
    SCRIPT("LISTEN: an ACK is reset", "listen 8", "< A 1:1 ack 7", "> R 7:7", "requests 0");
    SCRIPT("LISTEN: SYN with RST is nothing", "listen 8", "< SR 0:0 mss 1000", "requests 0");
    SCRIPT("LISTEN: SYN with ACK is reset", "listen 8", "< SA 0:0 ack 9 mss 1000", "> R 9:9",
           "requests 0");
    SCRIPT("LISTEN: FIN alone is nothing", "listen 8", "< F 0:0", "requests 0");
    SCRIPT("LISTEN: no flag is nothing", "listen 8", "< . 0:0", "requests 0");
    SCRIPT("a request: RST elsewhere does not drop it", "listen 8", "< S 0:0 mss 1000",
           "> SA 0:0 ack 1", "< R 90000:90000", "requests 1");
    SCRIPT("a request: FIN with the last ACK", "listen 8", "< S 0:0 mss 1000", "> SA 0:0 ack 1",
           "< FA 1:1 ack 1", "> A 1:1 ack 2", "accepted 1", "peer_closed 1", "state CLOSE_WAIT");
    SCRIPT("a request: data without ACK are nothing", "listen 8", "< S 0:0 mss 1000",
           "> SA 0:0 ack 1", "< P 1:11", "requests 1", "accepted 0");
    SCRIPT("a request: an ACK of too much is refused, and it stays", "listen 8", "< S 0:0 mss 1000",
           "> SA 0:0 ack 1", "< A 1:1 ack 5", "> R 5:5", "requests 1", "< A 1:1 ack 1",
           "accepted 1");
}

/* ---- data -------------------------------------------------------------------------------- */

static void data(void)
{
    SCRIPT("old bytes that differ are not taken: the first were the stream", ACTIVE,
           "< A 1:101 ack 1", "> A 1:1 ack 101", "< A 51:151 ack 1 junk 51:101",
           "> A 1:1 ack 151 sack 51:101", "received 150");
    SCRIPT("early bytes that differ are not taken either", ACTIVE, "< A 51:101 ack 1",
           "> A 1:1 ack 1 sack 51:101", "< A 51:101 ack 1 junk 51:101",
           "> A 1:1 ack 1 sack 51:101,51:101", "< A 1:51 ack 1", "> A 1:1 ack 101", "received 100");
    SCRIPT("nor ones within them", ACTIVE, "< A 51:101 ack 1", "> A 1:1 ack 1 sack 51:101",
           "< A 61:71 ack 1 junk 61:71", "> A 1:1 ack 1 sack 61:71,51:101", "< A 1:51 ack 1",
           "> A 1:1 ack 101", "received 100");
    SCRIPT("ones that begin before and end in them: what is new of them", ACTIVE,
           "< A 51:101 ack 1", "> A 1:1 ack 1 sack 51:101", "< A 31:61 ack 1",
           "> A 1:1 ack 1 sack 31:101", "< A 1:31 ack 1", "> A 1:1 ack 101", "received 100");
    SCRIPT("data behind FIN are not taken", ACTIVE, "< FA 1:11 ack 1", "> A 1:1 ack 12",
           "peer_closed 1", "< PA 12:22 ack 1", "> A 1:1 ack 12", "received 10");
    SCRIPT("FIN again, farther on, is none", ACTIVE, "< FA 1:11 ack 1", "> A 1:1 ack 12",
           "< FA 12:32 ack 1", "> A 1:1 ack 12", "received 10", "state CLOSE_WAIT");
    SCRIPT("FIN in what was read already is none", ACTIVE, "< A 1:101 ack 1", "> A 1:1 ack 101",
           "< FA 1:51 ack 1", "> A 1:1 ack 101 sack 1:51", "peer_closed 0", "state ESTABLISHED");
    SCRIPT("an early FIN, and data beyond it: the data count", ACTIVE, "< FA 101:101 ack 1",
           "> A 1:1 ack 1", "< A 1:201 ack 1", "> A 1:1 ack 201", "peer_closed 0", "received 200",
           "early 0");
    SCRIPT("an early FIN waits, and its data count once", ACTIVE, "< FA 101:111 ack 1",
           "> A 1:1 ack 1 sack 101:111", "< A 101:111 ack 1", "> A 1:1 ack 1 sack 101:111,101:111",
           "< A 1:101 ack 1", "> A 1:1 ack 112", "peer_closed 1", "received 110", "early 0");
    SCRIPT("a byte at a time, from behind: all kept, none twice", ACTIVE, "< A 5:6 ack 1",
           "> A 1:1 ack 1 sack 5:6", "< A 4:5 ack 1", "> A 1:1 ack 1 sack 4:6", "< A 3:4 ack 1",
           "> A 1:1 ack 1 sack 3:6", "< A 2:3 ack 1", "> A 1:1 ack 1 sack 2:6", "early 4",
           "< A 1:2 ack 1", "> A 1:1 ack 6", "early 0", "received 5");
    SCRIPT("all flows together keep so many and no more", "reassembly_total 2", ACTIVE,
           "< A 101:201 ack 1", "> A 1:1 ack 1 sack 101:201", "< A 301:401 ack 1",
           "> A 1:1 ack 1 sack 301:401,101:201", "early 2", "< A 501:601 ack 1",
           "> A 1:1 ack 1 sack 301:401,101:201", "early 2", "< A 1:101 ack 1",
           "> A 1:1 ack 201 sack 301:401", "early 1", "< A 501:601 ack 1",
           "> A 1:1 ack 201 sack 501:601,301:401", "early 2");
    SCRIPT("what is kept goes with the flow", ACTIVE, "< A 101:201 ack 1",
           "> A 1:1 ack 1 sack 101:201", "early 1", "abort", "> RA 1:1", "early 0");
    SCRIPT("and with its reset", ACTIVE, "< A 101:201 ack 1", "> A 1:1 ack 1 sack 101:201",
           "< R 1:1", "early 0", "error 104");
}

/* ---- acknowledgements and windows -------------------------------------------------------- */

static void acknowledgements(void)
{
    SCRIPT("an ACK in the middle of a segment counts as far as it goes", ACTIVE, "send 1000",
           "> PA 1:1001", "< A 1:1 ack 501", "acked 500", "< A 1:1 ack 1001", "acked 1000");
    SCRIPT("RFC 3465: ACKs byte by byte open no window", ACTIVE, "send 12000", "> A 1:1001",
           "> A 1001:2001", "> A 2001:3001", "> A 3001:4001", "> A 4001:5001", "> A 5001:6001",
           "> A 6001:7001", "> A 7001:8001", "> A 8001:9001", "> A 9001:10001", "< A 1:1 ack 2",
           "< A 1:1 ack 3", "< A 1:1 ack 4", "acked 3");
    SCRIPT("ACKs for what was not sent open nothing", ACTIVE, "send 20000", "> A 1:1001",
           "> A 1001:2001", "> A 2001:3001", "> A 3001:4001", "> A 4001:5001", "> A 5001:6001",
           "> A 6001:7001", "> A 7001:8001", "> A 8001:9001", "> A 9001:10001", "< A 1:1 ack 15001",
           "> A 10001:10001 ack 1", "acked 0");
    SCRIPT("the window closes over what is in flight, and opens again", ACTIVE, "nodelay 1",
           "send 3000", "> A 1:1001", "> A 1001:2001", "> PA 2001:3001", "< A 1:1 ack 1001 win 0",
           "send 100", "< A 1:1 ack 3001 win 0", "< A 1:1 ack 3001 win 100", "> PA 3001:3101",
           "< A 1:1 ack 3101");
    SCRIPT("a window of 1 is not filled byte by byte", ACTIVE, "send 1000", "> PA 1:1001",
           "< A 1:1 ack 1001 win 1", "send 1000", "+100");
    SCRIPT("SACK of what was acknowledged", ACTIVE, "send 3000", "> A 1:1001", "> A 1001:2001",
           "> PA 2001:3001", "< A 1:1 ack 2001 sack 1:1001", "acked 2000", "< A 1:1 ack 3001");
    SCRIPT("SACK of everything but the first", ACTIVE, "send 3000", "> A 1:1001", "> A 1001:2001",
           "> PA 2001:3001", "< A 1:1 ack 1 sack 1001:3001", "> A 1:1001", "< A 1:1 ack 3001",
           "acked 3000");
    SCRIPT("SACK of the unsent, with nothing in flight", ACTIVE,
           "< A 1:1 ack 1 sack 5000:6000,7000:8000,9000:9001", "objects 1");
    SCRIPT("SACK blocks that end before they begin", ACTIVE, "send 2000", "> A 1:1001",
           "> PA 1001:2001", "< A 1:1 ack 1 sack 1001:1,4294967295:0,1500:1500",
           "< A 1:1 ack 2001");
    SCRIPT("options of a SYN mean nothing elsewhere", ACTIVE, "< A 1:1 ack 1 mss 9 ws 14 sackok",
           "send 1000", "> PA 1:1001", "< A 1:1 ack 1001");
    SCRIPT("DSACKs for what was sent once are no news", ACTIVE, "send 1000", "> PA 1:1001",
           "< A 1:1 ack 1001 sack 1:1001", "< A 1:1 ack 1001 sack 1:1001",
           "< A 1:1 ack 1001 sack 1:1001", "acked 1000", "state ESTABLISHED");
    SCRIPT("an echo of a time stamp to come is no round trip", TIMED, "send 10", "> PA 1:11",
           "< A 1:1 ack 11 ts 1000001 4294967295", "acked 10");
    SCRIPT("ECE without ECN agreed on halves nothing", ACTIVE, "send 1000", "> PA 1:1001",
           "< AE 1:1 ack 1001", "send 2000", "> A 1001:2001", "> PA 2001:3001", "< A 1:1 ack 3001");
    SCRIPT("CWR that was not asked for is nothing", ACTIVE, "< PAC 1:11 ack 1", "> A 1:1 ack 11");
}

/* ---- routers ----------------------------------------------------------------------------- */

static void messages(void)
{
    SCRIPT("RFC 5927, 7: an MTU of 0 is the least there is", ACTIVE, "send 1000", "> PA 1:1001",
           "too_big 0", "> A 1:513", "> PA 513:1001", "< A 1:1 ack 1001");
    SCRIPT("an MTU that is larger than ours says nothing", ACTIVE, "send 1000", "> PA 1:1001",
           "too_big 9000", "< A 1:1 ack 1001");
    SCRIPT("the same MTU again says nothing", ACTIVE, "send 1000", "> PA 1:1001", "too_big 640",
           "> A 1:601", "> PA 601:1001", "too_big 640", "< A 1:1 ack 1001");
    SCRIPT("unreachable about the unsent is not believed", ACTIVE, "send 10", "> PA 1:11",
           "unreachable 100", "soft_error 0", "< A 1:1 ack 11");
    SCRIPT("unreachable about the acknowledged is not believed", ACTIVE, "send 10", "> PA 1:11",
           "< A 1:1 ack 11", "unreachable 1", "soft_error 0");
    SCRIPT("unreachable about another SYN ends nothing", "connect 0", "> S 0:0", "unreachable 7",
           "state SYN_SENT");
}

/* CVE-2018-5390: who leaves gaps on purpose makes no long search of each segment. */
static void gaps_on_purpose(void)
{
    enum {
        MORE = 5
    };
    static char text[2 * (BP_TCP_RUNS + MORE)][96];
    const char *lines[ARRAY_SIZE(text) + 16] = {ACTIVE};
    u32 count = 0, length;

    while (lines[count])
        count++;
    for (u32 i = 0; i < BP_TCP_RUNS + MORE; i++) {
        u32 at = 101 + 100 * i, newest = 101 + 100 * BP_MIN(i, BP_TCP_RUNS - 1);
        char *answer = text[2 * i + 1];

        snprintf(text[2 * i], sizeof(text[0]), "< A %u:%u ack 1", at, at + 10);
        length = (u32)snprintf(answer, sizeof(text[0]), "> A 1:1 ack 1 sack");
        for (u32 k = 0; k < BP_TCP_SACK_BLOCKS && newest > 100 * k + 1; k++)
            length += (u32)snprintf(answer + length, sizeof(text[0]) - length, "%s%u:%u",
                                    k ? "," : " ", newest - 100 * k, newest - 100 * k + 10);
        lines[count++] = text[2 * i];
        lines[count++] = answer;
    }
    lines[count++] = "early 64";
    lines[count++] = NULL;
    _Static_assert(BP_TCP_RUNS == 64, "as the script says");
    script_run("so many gaps, and no more", lines);
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    lies_in_states();
    half_open();
    data();
    acknowledgements();
    messages();
    gaps_on_purpose();
    return failures != 0;
}
