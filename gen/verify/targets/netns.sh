# In a network namespace of our own: the device is made here, and Linux has its other end in the same namespace.

enter=
root=
at_peer=

prepare() { ip link set lo up; }

# card NAME DEVICE PEER-MAC ADDRESS...: what is a pair of interfaces is made now.
card() {
    if [ $kind = pair ]; then
        ip link add $2 type veth peer name $1
        $whole_program $1
        $whole_program $2
        echo 0 > /proc/sys/net/ipv6/conf/$1/accept_dad
        ip link set $2 up
        ip link set $1 up
        name=$1
        shift 3
        for address; do ip addr add $address dev $name; done
    fi
}

# wire NAME DEVICE PEER-MAC ADDRESS...: what the runtime makes itself is there when it is up.
wire() {
    [ $kind = own ] || return
    until ip link show $2 >/dev/null 2>&1; do
        kill -0 $runtime || return
        sleep 0.1
    done
    device=$2
    echo 0 > /proc/sys/net/ipv6/conf/$2/accept_dad
    shift 3
    for address; do ip addr replace $address dev $device; done
    ip link set $device up
}
