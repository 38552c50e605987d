# What every target does: the NICs' report, then start, data both ways, stop; and all that once more.
# Before this: the settings (settings.ts), and of the target (targets/*.sh) the functions prepare, card and wire, and the commands enter
# and at_peer, which run a program of the host, and one at the other end of the wire; root is where its files are. peer_up
# and peer_down are called around each start, where the other end is not always there.

# told NAME COMMAND...: tells what the command prints in its last line, and returns as it does.
told() {
    what=$1
    shift
    "$@" > $scratch/answer
    status=$?
    tell found $what.status $status
    tell found $what "$(tail -n 1 $scratch/answer)"
    return $status
}

start() {
    $enter $binary --run-dir=$inside/run &
    runtime=$!
}

# A process that hangs at its end is told as one that was killed.
stop() {
    kill -TERM $runtime
    ( sleep $stop_seconds; kill -KILL $runtime ) 2>/dev/null &
    limit=$!
    wait $runtime
    tell found $1 $?
    kill $limit 2>/dev/null
}

# ask NAME ADDRESS PORT
ask() {
    told $1 $at_peer $peer_program -s $seconds -c $connections -p $runtime $2 $3
}

# round NUMBER: asked for figures while it runs, when all memory has been used.
round() {
    peer_up
    start
    for_each_nic wire
    conversation $1
    for report in network memory; do
        told $report.$1 $peer_program -q $root$inside/run/control.sock $report
    done
    stop stop.$1
    peer_down
}

# The second start shows that the first left nothing behind; a long conversation shows nothing more there.
prepare
for_each_nic card
peer_up
told nics $enter $binary --nics || exit 1
peer_down
round 1
seconds=0
round 2
