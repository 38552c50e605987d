/* shutdown from another thread ends a blocked recv and a blocked accept. */
#include "net.h"

static void *shut_down(void *arg)
{
    sleep_ms(10);
    MUST(shutdown(*(int *)arg, SHUT_RDWR));
    return NULL;
}

int main(void)
{
    char c;
    int pair[2];
    int listener = tcp_listener(v4_address("127.0.0.1", 0), 5);
    pthread_t thread;

    tcp_pair(pair);
    thread = start_thread(shut_down, &pair[0]);
    SHOW(recv(pair[0], &c, 1, 0));
    join_thread(thread);
    thread = start_thread(shut_down, &listener);
    SHOW(accept(listener, NULL, NULL));
    join_thread(thread);
    return 0;
}
