/* System V messages: by type, in pieces too long, full and empty queues, with and without waiting.
 */
#include "compat.h"
#include <sys/ipc.h>
#include <sys/msg.h>

struct message {
    long type;
    char text[100];
};

static int id;

static void *receiver(void *arg)
{
    struct message in = {0};
    long n = msgrcv(id, &in, sizeof(in.text), (long)arg, 0);

    SAY("received %ld of type %ld: %s", n, in.type, n < 0 ? err_name(errno) : in.text);
    return NULL;
}

int main(void)
{
    struct message out = {1, "one"}, in;
    struct msqid_ds info;
    pthread_t thread;

    id = MUST(msgget(IPC_PRIVATE, IPC_CREAT | 0600));
    SHOW(msgsnd(id, &out, 4, 0));
    out = (struct message){2, "two"};
    SHOW(msgsnd(id, &out, 4, 0));
    SHOW(msgrcv(id, &in, sizeof(in.text), 2, 0));
    SAY("%s", in.text);
    SHOW(msgrcv(id, &in, 2, 0, 0));
    SHOW(msgrcv(id, &in, 2, 0, MSG_NOERROR));
    SHOW(msgrcv(id, &in, 2, 0, IPC_NOWAIT));
    thread = start_thread(receiver, (void *)5);
    out = (struct message){5, "five"};
    SHOW(msgsnd(id, &out, 5, 0));
    join_thread(thread);
    do
        out.type = 7;
    while (!msgsnd(id, &out, sizeof(out.text), IPC_NOWAIT));
    SAY("%s", err_name(errno));
    SHOW(msgctl(id, IPC_STAT, &info));
    SAY("%lu messages", (unsigned long)info.msg_qnum);
    out.type = 0;
    SHOW(msgsnd(id, &out, 1, 0));
    SHOW(msgsnd(id, (void *)8, 1, 0));
    SHOW(msgsnd(id, &out, (size_t)-1, 0));
    SHOW(msgctl(id, IPC_RMID, NULL));
    SHOW(msgrcv(id, &in, 1, 0, 0));
    return 0;
}
