#!/bin/bash
# Runs every test: the scenarios beside all others, for both wait for the world most of the time.
# What is shown of the scenarios comes in the end; meanwhile it is in var/scenarios.log.

set -um # a group for each of the two, so that an interrupt reaches it when we pass it on
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit
log=var/scenarios.log

# result_of PID: waits to its end, however often a signal comes in between
result_of() {
    local status
    while :; do
        wait "$1"
        status=$?
        kill -0 "$1" 2>/dev/null || return "$status"
    done
}

mkdir -p var
echo "The scenarios are played beside the other tests: tail -f $log"
.venv/bin/python -m pytest tests/scenarios </dev/null >"$log" 2>&1 &
scenarios=$!
.venv/bin/python -m pytest --cov --cov-report=term --ignore=tests/scenarios </dev/null &
others=$!
trap 'kill -INT -- "-$scenarios" "-$others" 2>/dev/null' INT TERM HUP

result_of "$others"
others_ended=$?
echo "Waiting for the scenarios: tail -f $log"
result_of "$scenarios"
scenarios_ended=$?
cat "$log"
exit $((others_ended ? others_ended : scenarios_ended))
