/*
 * A child in namespaces of its own mounts, changes its root by pivot_root and names its host; its
 * own child and what that starts are there too. Its parent sees nothing of it.
 */
#include "fork.h"
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/utsname.h>

static void show_name(void)
{
    struct utsname name;

    MUST(uname(&name));
    SAY("host %s, domain %s", strcmp(name.nodename, "confined") ? "as before" : name.nodename,
        strcmp(name.domainname, "compat") ? "as before" : name.domainname);
}

static int grandchild(void *unused UNUSED)
{
    char cwd[64];

    show_name();
    SHOW(access("/inside", F_OK));
    SHOW(access("/old", F_OK));
    SHOW_PTR(getcwd(cwd, sizeof(cwd)));
    SAY("at %s", cwd);
    SHOW(sethostname("another", 7));
    return 3;
}

static int child(void *unused UNUSED)
{
    int fd;

    SHOW(unshare(CLONE_NEWNS | CLONE_NEWUTS));
    SHOW(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL));
    SHOW(mount("none", "mnt", "tmpfs", 0, "size=1m"));
    SHOW(mount("none", "missing", "tmpfs", 0, NULL));
    SHOW(mount("none", "mnt", "no such", 0, NULL));
    SHOW(mount("none", NULL, "tmpfs", 0, NULL));
    fd = MUST(open("mnt/inside", O_CREAT | O_WRONLY, 0600));
    SHOW(umount("mnt")); /* it is open */
    close(fd);
    SHOW(access("mnt/inside", F_OK));
    SHOW(umount("mnt"));
    SHOW(access("mnt/inside", F_OK));
    SHOW(umount("mnt"));

    MUST(mount("none", "mnt", "tmpfs", 0, NULL));
    close(MUST(open("mnt/inside", O_CREAT | O_WRONLY, 0600)));
    MUST(mkdir("mnt/old", 0700));
    MUST(chdir("mnt"));
    SHOW(syscall(SYS_pivot_root, "missing", "old"));
    SHOW(syscall(SYS_pivot_root, ".", "old"));
    MUST(chdir("/"));
    SHOW(access("/inside", F_OK));
    SHOW(access("/old/usr", F_OK));
    SHOW(umount2("/old", MNT_DETACH));
    SHOW(access("/old/usr", F_OK));
    SHOW(rmdir("/old"));
    SHOW(sethostname("confined", 8));
    SHOW(setdomainname("compat", 6));
    SHOW(sethostname(NULL, 1000));
    show_name();
    reap("grandchild", spawn(grandchild, NULL));
    return 0;
}

int main(void)
{
    if (geteuid() != 0)
        skip("only root may");
    MUST(mkdir("mnt", 0755));
    reap("child", spawn(child, NULL));
    SHOW(access("mnt/inside", F_OK));
    SHOW(rmdir("mnt"));
    show_name();
    return 0;
}
