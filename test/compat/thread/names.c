/* Thread names are kept by thread and cut at 15 characters. */
#include "compat.h"

static void *other(void *arg)
{
    char name[16];

    SHOW_ERR(pthread_setname_np(pthread_self(), "second"));
    SHOW_ERR(pthread_getname_np(pthread_self(), name, sizeof(name)));
    SAY("%s", name);
    return arg;
}

int main(void)
{
    char name[16];

    SHOW_ERR(pthread_setname_np(pthread_self(), "first"));
    SHOW_ERR(pthread_setname_np(pthread_self(), "sixteen-letters-"));
    join_thread(start_thread(other, NULL));
    SHOW_ERR(pthread_getname_np(pthread_self(), name, sizeof(name)));
    SAY("%s", name);
    SHOW_ERR(pthread_getname_np(pthread_self(), name, 3));
    return 0;
}
