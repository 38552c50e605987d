/* Two threads hand a word to each other by spinning only. */
#include "compat.h"

enum {
    ROUNDS = 20
};
static volatile int word;

static void *odd(void *arg)
{
    for (int i = 1; i < ROUNDS; i += 2) {
        while (word != i)
            ;
        word = i + 1;
    }
    return arg;
}

int main(void)
{
    pthread_t thread = start_thread(odd, NULL);

    for (int i = 0; i < ROUNDS; i += 2) {
        while (word != i)
            ;
        word = i + 1;
    }
    join_thread(thread);
    SAY("word %d", word);
    return 0;
}
