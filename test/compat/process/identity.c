/* Ids, names and limits of the process. */
#include "compat.h"
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

int main(void)
{
    struct utsname name;
    struct sysinfo info;
    struct rlimit limit, again;
    uid_t ruid, euid, suid;

    CHECK(getpid() == syscall(SYS_getpid) && getpid() == getpid());
    MUST(getresuid(&ruid, &euid, &suid));
    CHECK(ruid == getuid() && euid == geteuid());
    CHECK(getpgrp() == getpgid(0) && getsid(0) > 0);
    SHOW(uname(&name));
    SAY("%s %s", name.sysname, name.machine);
    SHOW(sysinfo(&info));
    CHECK(info.totalram > 0 && info.uptime > 0);
    SHOW(getrlimit(RLIMIT_NOFILE, &limit));
    limit.rlim_cur = 512;
    SHOW(setrlimit(RLIMIT_NOFILE, &limit));
    SHOW(prlimit(0, RLIMIT_NOFILE, NULL, &again));
    SAY("%ld", (long)again.rlim_cur);
    limit.rlim_cur = again.rlim_max + 1;
    SHOW(setrlimit(RLIMIT_NOFILE, &limit));
    SHOW(getrlimit(99, &limit));
    SHOW(prctl(PR_GET_DUMPABLE) >= 0);
    SHOW(prctl(99999, 0, 0, 0, 0));
    SHOW(sysconf(_SC_PAGESIZE));
    SHOW(sysconf(_SC_NPROCESSORS_ONLN) >= 1);
    SHOW(getpriority(PRIO_PROCESS, 0));
    SHOW(getpgid(0x3fffffff));
    SHOW(getsid(0x3fffffff));
    return 0;
}
