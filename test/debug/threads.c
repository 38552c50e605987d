/* Threads for a debugger to find: one in a read, one at a mutex, the first one computes. Each tells
 * its id. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int ends[2];
static volatile int sum;

static void tell(const char *name)
{
    printf("%s %d\n", name, gettid());
    fflush(stdout);
}

__attribute__((noinline)) void reads(int depth)
{
    char byte;

    if (depth)
        reads(depth - 1);
    else
        sum += (int)read(ends[0], &byte, 1);
    sum++;
}

static void *reader(void *arg)
{
    tell("reader");
    reads(2);
    return arg;
}

__attribute__((noinline)) void locks(int marked)
{
    pthread_mutex_lock(&lock);
    sum += marked;
}

static void *locker(void *arg)
{
    tell("locker");
    locks(4711);
    return arg;
}

__attribute__((noinline)) void computes(void)
{
    for (;;)
        sum++;
}

int main(void)
{
    pthread_t thread;

    if (pipe(ends))
        return 1;
    pthread_mutex_lock(&lock);
    pthread_create(&thread, NULL, reader, NULL);
    pthread_create(&thread, NULL, locker, NULL);
    tell("main");
    computes();
}
