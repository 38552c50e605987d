# In a guest: emulated cards, each on a wire of its own to a virtio-net card that Linux has in a network namespace.

scratch=/run
inside=/run
enter='chroot /host'
root=/host
peer_program=/peer

prepare() {
    # Wherever it was built: /tmp is the guest's own.
    touch /host/run/binary
    mount --bind "/files$binary" /host/run/binary
    binary=/run/binary
    mount -t hugetlbfs huge /host/dev/hugepages
    unshare -n sleep 100000 &
    peer_pid=$!
    until [ "$(readlink /proc/$peer_pid/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.1; done
    at_peer="nsenter --net=/proc/$peer_pid/ns/net"
}

# card NAME DEVICE PEER-MAC ADDRESS...: gives the card to the driver, and its other end addresses.
card() {
    device=/sys/bus/pci/devices/$2
    [ -e $device ] || { tell found $1.bound "there is no device $2"; exit 1; }
    [ -e $device/driver ] && echo $2 > $device/driver/unbind
    echo $driver > $device/driver_override
    echo $2 > /sys/bus/pci/drivers_probe
    tell found $1.bound "$(basename "$(readlink $device/driver)")"
    tell found $1.id "$(cut -c3- $device/vendor):$(cut -c3- $device/device)"
    tell found $1.node "$(cat $device/numa_node)"
    for other in /sys/class/net/*; do
        [ "$(cat $other/address)" = $3 ] && ip link set ${other##*/} name $1
    done
    ip link set $1 netns $peer_pid
    name=$1
    # Nobody else has these addresses: no second is spent on asking.
    $at_peer sh -c "echo 0 > /proc/sys/net/ipv6/conf/$1/accept_dad; ip link set $1 up"
    shift 3
    for address; do $at_peer ip addr add $address dev $name; done
}

wire() { :; }
