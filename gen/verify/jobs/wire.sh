# A network card that DPDK drives, and Linux at the other end of its wire: Linux asks, the program answers.
# Before this: variables driver, peer_mac, dut_mac, dut_slot, and functions answer_* of the program.

# bind_card: gives the card in the slot to the driver; sets pci.
bind_card() {
    pci=$dut_slot
    for behind in /sys/bus/pci/devices/$dut_slot/0000:*; do [ -e "$behind" ] && pci=${behind##*/}; done
    device=/sys/bus/pci/devices/$pci
    [ -e $device/driver ] && echo $pci > $device/driver/unbind
    echo $driver > $device/driver_override
    echo $pci > /sys/bus/pci/drivers_probe
    bound=$(readlink $device/driver)
    tell found id "$(cut -c3- $device/vendor):$(cut -c3- $device/device)"
    tell found bound "${bound##*/}"
    [ "${bound##*/}" = "$driver" ]
}

# start_peer: the other card in a network namespace of its own.
start_peer() {
    unshare -n sleep 100000 &
    peer_pid=$!
    for card in /sys/class/net/*; do
        [ "$(cat $card/address)" = $peer_mac ] && ip link set ${card##*/} name wire
    done
    until [ "$(readlink /proc/$peer_pid/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.1; done
    ip link set wire netns $peer_pid
    peer ip addr add 10.8.0.1/24 dev wire
    peer ip link set wire up
}

peer() { nsenter --net=/proc/$peer_pid/ns/net "$@"; }

# QEMU drops what is sent before both links are up: the first answer tells that they are.
check_pings() {
    answer_pings
    until peer ping -q -c 1 -W 1 10.8.0.2 >/dev/null; do kill -0 $answer_pid || return 1; done
    tell found ping "$(peer ping -q -i 0.2 -c 5 -W 5 10.8.0.2 | sed -n 's/^\([0-9]*\) packets transmitted, \([0-9]*\) .*/\2 of \1 answered/p')"
}

check_datagrams() {
    peer arp -i wire -s 10.8.0.2 $dut_mac
    answer_datagrams
    tell found udp "$(peer /peer 10.8.0.2 7777)"
}

fail() { echo "$1"; [ -e /run/answer.log ] && cat /run/answer.log; exit 1; }

echo 96 > /sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages
mount -t hugetlbfs huge /host/dev/hugepages
bind_card || fail "the card at $dut_slot does not take $driver"
start_peer
answer_start $pci || fail 'the answering program ended'
[ -n "$(answer_driver)" ] || fail 'the answering program did not take the card'
tell found driver "$(answer_driver)"
check_pings || fail 'no ping was answered'
check_datagrams
answer_stop
cat /run/answer.log
kill $peer_pid
true
