# DPDK's own test program as the one that answers: what wire.sh calls, for dpdk-testpmd.

# answer_start PCI-ADDRESS: returns when the program has the device.
answer_start() {
    mkfifo /run/orders
    exec 4<>/run/orders
    chroot /host dpdk-testpmd -l 0,1 -n 1 -m 128 --in-memory --no-telemetry -a "$1" -- -i --nb-cores=1 --no-lsc-interrupt \
        --total-num-mbufs=4096 --port-topology=loop <&4 >/run/answer.log 2>&1 &
    answer_pid=$!
    answer_wait '^testpmd> *$\|^Done'
}

# answer_wait PATTERN: returns when the program has printed it; false when it ended instead.
answer_wait() {
    until grep -q "$1" /run/answer.log; do
        kill -0 $answer_pid 2>/dev/null || return 1
        sleep 0.1
    done
}

answer_driver() {
    sed -n 's/.*Probe PCI driver: \(net_[a-z0-9_]*\) (\([0-9a-f:]*\)).*/\1/p' /run/answer.log | head -n 1
}

answer_pings() { echo 'set fwd icmpecho' >&4; echo start >&4; }

# Sends every datagram back, with both pairs of addresses swapped.
answer_datagrams() { echo stop >&4; echo 'set fwd 5tswap' >&4; echo start >&4; }

answer_stop() { echo stop >&4; echo quit >&4; wait $answer_pid; }
