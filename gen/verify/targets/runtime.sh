# In namespaces of our own: at the other ends of the NICs' sockets is a second runtime, whose programs ask.

enter=
root=
at_peer=from_peer
mounted=

prepare() {
    ip link set lo up
    mkfifo $scratch/ask $scratch/answered
}

# card NAME SOCKET...: no socket of somebody else is in its folder.
card() {
    folder=${2%/*}
    case " $mounted " in *" $folder "*) return ;; esac
    mount -t tmpfs -o mode=700 tmpfs $folder
    mounted="$mounted $folder"
}

wire() { :; }

# appear PROCESS SOCKET...: waits for them, as long as the process lives; 0: always.
appear() {
    maker=$1
    shift
    for socket; do
        until [ -S $socket ]; do
            [ $maker = 0 ] || kill -0 $maker || return
            sleep 0.05
        done
    done
}

# A fresh one for each start: a client connects once. It does what it is asked.
peer_up() {
    rm -f $ours $theirs
    (
        appear 0 $ours
        exec $peer_binary --run-dir=$scratch/peer -- /bin/sh -c \
            'while read -r words <$0/ask; do $words >$0/said; echo $? >$0/answered; done' $scratch
    ) &
    peer=$!
    appear $peer $theirs
}

peer_down() {
    kill -TERM $peer
    wait $peer
}

from_peer() {
    kill -0 $peer || { echo 'the runtime at the other end has ended'; return 1; }
    echo "$*" > $scratch/ask
    read -r answer < $scratch/answered
    cat $scratch/said
    return $answer
}
