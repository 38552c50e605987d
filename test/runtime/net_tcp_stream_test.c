// sources: runtime-c/net/tcp*.c runtime-c/base/log.c runtime-c/net/siphash.c runtime-c/sched/wheel.c
// flags: -fsanitize=address,undefined -fno-sanitize-recover=all
/* Two stacks back to back: handshake, data both ways, every way to end, and what memory is left. */
#include "check.h"
#include "net_pair.h"

#include <errno.h>

static struct pair pair;
static struct stream client, served[4];
static struct acceptor acceptor;

static void begin(u64 up, u64 down)
{
    pair_init(&pair, 1, 4 << 20);
    client = stream_of(7, up);
    memset(served, 0, sizeof(served));
    for (u32 i = 0; i < ARRAY_SIZE(served); i++)
        served[i] = stream_of(~7u, down);
    acceptor = (struct acceptor){.streams = served, .capacity = ARRAY_SIZE(served)};
    acceptor_listen(&pair, &acceptor, &bp_tcp_default_options, 16);
}

static void connect_client(void)
{
    check(stream_connect(&pair, &client, &bp_tcp_default_options) == 0, "connect");
    pair_run(&pair, 50);
}

/* Failed flows are their users' to release. */
static void end(void)
{
    if (client.flow)
        bp_tcp_close(client.flow);
    for (u32 i = 0; i < ARRAY_SIZE(served); i++)
        if (served[i].flow)
            bp_tcp_close(served[i].flow);
    check(!client.wrong && !served[0].wrong, "no byte was wrong");
    check(pair_fini(&pair), "nothing leaked (%ld packets, %ld objects)", pair_packets,
          pair_objects);
}

static void transfers_and_closes(void)
{
    begin(300000, 500000);
    client.close_when_sent = client.shutdown_only = true;
    served[0].close_when_sent = served[0].shutdown_only = true;
    connect_client();
    check(client.established && acceptor.count == 1, "established on both sides");
    pair_run(&pair, 5000);
    check(served[0].received == 300000 && client.received == 500000, "%llu and %llu bytes arrived",
          (unsigned long long)served[0].received, (unsigned long long)client.received);
    check(client.peer_closed && served[0].peer_closed, "both saw the end");
    check(!client.error && !served[0].error, "without an error");
    check(pair.hosts[0]->tcp.time_wait_count + pair.hosts[1]->tcp.time_wait_count == 2 ||
              pair.hosts[0]->tcp.time_wait_count + pair.hosts[1]->tcp.time_wait_count == 1,
          "someone waits in TIME_WAIT");
    bp_tcp_close(client.flow);
    bp_tcp_close(served[0].flow);
    pair_run(&pair, 100);
    check(client.gone && served[0].gone, "flows are gone after close");
    pair_run(&pair, 70000);
    check(!pair.hosts[0]->tcp.time_wait_count && !pair.hosts[1]->tcp.time_wait_count,
          "TIME_WAIT is over after a minute");
    check(pair_objects == 0, "all objects are back");
    check(pair.hosts[0]->tcp.stats.RetransSegs + pair.hosts[1]->tcp.stats.RetransSegs == 0,
          "nothing was sent twice");
    end();
}

static void close_delivers_everything(void)
{
    begin(200000, 0);
    client.close_when_sent = true;
    connect_client();
    pair_run(&pair, 3000);
    check(served[0].received == 200000 && served[0].peer_closed, "close() sent everything and FIN");
    check(bp_tcp_state(served[0].flow) == BP_TCP_CLOSE_WAIT, "the peer may still send");
    bp_tcp_close(served[0].flow);
    pair_run(&pair, 200);
    check(client.gone && served[0].gone, "both gone");
    end();
}

static void fin_wait2_is_left(void)
{
    begin(10, 0);
    client.close_when_sent = true;
    connect_client();
    pair_run(&pair, 59000);
    check(!client.gone, "FIN_WAIT2 lasts while TCP_LINGER2 does");
    pair_run(&pair, 5000);
    check(client.gone, "and no longer");
    end();
}

static void data_after_close_resets(void)
{
    begin(10, 0);
    client.close_when_sent = true;
    connect_client();
    served[0].total = 1000;
    stream_pump(&served[0]);
    pair_run(&pair, 100);
    check(served[0].error == EPIPE || served[0].error == ECONNRESET,
          "data to a closed socket: reset");
    check(client.gone, "and it is gone");
    end();
}

static void abort_resets(void)
{
    begin(1000, 0);
    connect_client();
    bp_tcp_abort(client.flow);
    pair_run(&pair, 50);
    check(client.gone && served[0].error == ECONNRESET, "abort: the peer sees ECONNRESET");
    bp_tcp_close(served[0].flow);
    pair_run(&pair, 1);
    check(served[0].gone, "a failed flow is released by close");
    end();
}

static void nobody_listens(void)
{
    begin(0, 0);
    bp_tcp_unlisten(&pair.hosts[1]->tcp, &acceptor.listener);
    connect_client();
    check(client.error == ECONNREFUSED, "no listener: ECONNREFUSED");
    bp_tcp_close(client.flow);
    pair_run(&pair, 1);
    end();
}

static bool drop_all(const struct bp_packet *packet, bool from_client)
{
    (void)packet, (void)from_client;
    return true;
}

static void nobody_answers(void)
{
    begin(0, 0);
    pair.link.drop = drop_all;
    connect_client();
    pair_run(&pair, 120000);
    check(!client.error, "seven SYNs take 127 seconds");
    pair_run(&pair, 10000);
    check(client.error == ETIMEDOUT && pair.hosts[0]->sent == 7, "then ETIMEDOUT after %u SYNs",
          pair.hosts[0]->sent);
    bp_tcp_close(client.flow);
    pair_run(&pair, 1);
    end();
}

static void simultaneous_open(void)
{
    struct bp_tcp_key key[2];

    begin(5000, 6000);
    for (int i = 0; i < 2; i++) {
        key[i] = (struct bp_tcp_key){.local = pair.hosts[i]->addr,
                                     .remote = pair.hosts[!i]->addr,
                                     .local_port = (u16)(1000 + i),
                                     .remote_port = (u16)(1001 - i)};
        bp_tcp_connect(&pair.hosts[i]->tcp, &key[i], &bp_tcp_default_options, &stream_ops,
                       i ? &served[0] : &client, i ? &served[0].flow : &client.flow);
    }
    pair_run(&pair, 500);
    check(client.established && served[0].established, "both SYNs cross: established");
    check(served[0].received == 5000 && client.received == 6000, "and data go both ways");
    end();
}

static void simultaneous_close(void)
{
    begin(1000, 1000);
    connect_client();
    bp_tcp_close(client.flow);
    bp_tcp_close(served[0].flow);
    check(bp_tcp_state(client.flow) == BP_TCP_FIN_WAIT1, "FIN_WAIT1");
    pair_run(&pair, 200);
    check(client.gone && served[0].gone, "both FINs cross: both are gone");
    check(pair.hosts[0]->tcp.time_wait_count == 1 && pair.hosts[1]->tcp.time_wait_count == 1,
          "and both wait");
    end();
}

static void slow_reader(void)
{
    begin(400000, 0);
    served[0].window = 100000;
    served[0].slow_reader = true;
    connect_client();
    pair_run(&pair, 20000);
    /* Scaling rounds the window down. */
    check(served[0].received > 99500 && client.acked == served[0].received,
          "the window closes: %llu", (unsigned long long)served[0].received);
    check(pair.hosts[0]->tcp.stats.TCPWinProbe >= 3, "and is asked about");
    stream_consume(&served[0], served[0].unread);
    pair_run(&pair, 100);
    check(served[0].received > 199000, "it opens again: %llu",
          (unsigned long long)served[0].received);
    served[0].slow_reader = false;
    stream_consume(&served[0], served[0].unread);
    pair_run(&pair, 2000);
    check(served[0].received == 400000, "all arrives");
    end();
}

static void segmentation_offload(void)
{
    begin(3000000, 0);
    pair.hosts[0]->offloads = BP_DEVICE_TSO | BP_DEVICE_TX_CHAIN;
    pair.link.delay = PAIR_MS;
    connect_client();
    pair_run(&pair, 5000);
    check(served[0].received == 3000000, "bursts of many segments arrive");
    check(pair.hosts[0]->tcp.stats.OutSegs * 3 < pair.hosts[0]->sent,
          "%llu sends became %u segments", (unsigned long long)pair.hosts[0]->tcp.stats.OutSegs,
          pair.hosts[0]->sent);
    end();
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    transfers_and_closes();
    close_delivers_everything();
    fin_wait2_is_left();
    data_after_close_resets();
    abort_resets();
    nobody_listens();
    nobody_answers();
    simultaneous_open();
    simultaneous_close();
    slow_reader();
    segmentation_offload();
    return failures != 0;
}
