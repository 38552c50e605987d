# On this machine: the NICs of the config are with a driver for programs already, and the interface at the other end of each
# wire goes into a network namespace of ours. When its last process ends, the kernel gives the interface back.

enter=
root=

prepare() {
    unshare -n sleep 100000 &
    peer_pid=$!
    until [ "$(readlink /proc/$peer_pid/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.1; done
    at_peer="nsenter --net=/proc/$peer_pid/ns/net"
}

# card NAME DEVICE PEER-INTERFACE ADDRESS...
card() {
    device=/sys/bus/pci/devices/$2
    tell found $1.bound "$(basename "$(readlink $device/driver)")"
    tell found $1.id "$(cut -c3- $device/vendor):$(cut -c3- $device/device)"
    tell found $1.node "$(cat $device/numa_node)"
    peer=$3
    ip link set $peer netns $peer_pid || exit 1
    # Nobody else has these addresses: no second is spent on asking.
    $at_peer sh -c "echo 0 > /proc/sys/net/ipv6/conf/$peer/accept_dad; ip link set $peer up"
    shift 3
    for address; do $at_peer ip addr add $address dev $peer; done
}

wire() { :; }
