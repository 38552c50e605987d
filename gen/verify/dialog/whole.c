/*
 * Makes an interface of Linux send whole frames only: with checksums, and none larger than the MTU.
 * A virtual interface leaves both to the receiver, and an AF_PACKET socket cannot tell.
 *
 *     whole <interface>
 */
#include <err.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

int main(int argc, char **argv)
{
    struct ethtool_value off = {.cmd = ETHTOOL_STXCSUM};
    struct ifreq request = {.ifr_data = (void *)&off};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    if (argc != 2 || strlen(argv[1]) >= IFNAMSIZ)
        errx(2, "usage: whole interface");
    strcpy(request.ifr_name, argv[1]);
    if (fd < 0 || ioctl(fd, SIOCETHTOOL, &request))
        err(1, "%s", argv[1]);
    return 0;
}
