#!/bin/busybox sh
# First process of a guest: loads modules, shows the host's files under /host, runs /job.sh and tells on the second serial
# line how it ended. What the job prints goes to the console, the first one.
/bin/busybox mkdir -p /proc /sys /dev /host /files /run /tmp
/bin/busybox --install -s /bin
export PATH=/bin HOME=/ LC_ALL=C
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
stty -F /dev/ttyS1 raw -echo
exec 3>/dev/ttyS1

# tell WORD [TEXT...]: one line of the protocol (protocol.ts).
tell() { echo "$*" >&3; }

# Memory that runs out ends the guest at once, instead of some process of it.
echo 1 > /proc/sys/vm/panic_on_oom
while read -r module; do
    insmod "/modules/$module.ko" || { tell broken "module $module"; poweroff -f; }
done < /modules/order

mkdir -p /dev/shm /dev/hugepages
mount -t tmpfs shm /dev/shm
mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144,cache=loose,ro host /host ||
    { tell broken "the host's files"; poweroff -f; }
# What is mounted over some of them now is still to be had below /files.
mount --bind /host /files
for directory in dev proc sys; do mount --bind /$directory /host/$directory; done
mount -t tmpfs run /host/run
mount -t tmpfs tmp /host/tmp
ip link set lo up

tell ready "$(uname -r)"
( . /job.sh )
tell end $?
poweroff -f
