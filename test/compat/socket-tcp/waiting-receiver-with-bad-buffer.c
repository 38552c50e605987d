/* A receiver that waits with a bad buffer gets EFAULT; the sender does not, and the bytes are not
 * lost. */
#include "net.h"

static int pair[2];

static void *receive_badly(void *arg)
{
    char buf[8] = "";
    long ret = read(pair[1], arg, 4);

    SAY("read = %ld %s", ret, err_name(errno));
    SHOW(read(pair[1], buf, 4));
    SAY("%s", buf);
    return NULL;
}

int main(void)
{
    pthread_t thread;

    tcp_pair(pair);
    thread = start_thread(receive_badly, (void *)8);
    sleep_ms(10);
    CHECK(write(pair[0], "data", 4) == 4);
    join_thread(thread);
    return 0;
}
