# shellcheck shell=bash
# For scripts that test a daemon with a state of its own: `source` it, then call start_daemon. Everything is gone when the script ends.

work=$(mktemp -d)
daemon=
finish() {
    [ -z "$daemon" ] || kill "$daemon" 2>/dev/null
    wait 2>/dev/null
    rm -rf "$work"
}
trap finish EXIT

# Starts $programs/boatyardd with options, and waits until it is ready. Its log is $work/log.
start_daemon() {
    mkfifo "$work/ready"
    "$programs/boatyardd" --ephemeral "$@" >"$work/ready" 2>"$work/log" &
    daemon=$!
    read -r addresses <"$work/ready"
}

# One of its addresses: api, node, socket. Shows the log where the daemon did not start.
address() {
    python3 -c 'import json, sys; print(json.loads(sys.argv[1])[sys.argv[2]])' "$addresses" "$1" || {
        cat "$work/log" >&2
        return 1
    }
}

# Fails, saying so, where the daemon has ended.
still_runs() { kill -0 "$daemon" 2>/dev/null || { echo "The daemon ended meanwhile:" >&2 && return 1; }; }
