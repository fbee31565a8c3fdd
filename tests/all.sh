#!/bin/bash
# Runs every test: those that play whole switches beside all others, for both wait for the world
# most of the time. What is shown of the first comes in the end; meanwhile it is in var/played.log.
# What failed of those against real programs is run once more when both have ended, with the
# machine for itself (tests/conftest.py).

set -um # a group for each of them, so that an interrupt reaches it when we pass it on
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit
log=var/played.log
played_ones=(tests/scenarios tests/contract/{web,browser,baresip,load,cli})
running=()
trap 'kill -INT -- "${running[@]/#/-}" 2>/dev/null; interrupted=1' INT TERM HUP
interrupted=

# start NAME ARGUMENTS...: runs pytest in the background; NAME keeps what it knows of failures
start() {
    .venv/bin/python -m pytest -o "cache_dir=var/failed-$1" "${@:2}" </dev/null &
    running+=($!)
}

# result_of PID: waits to its end, however often a signal comes in between
result_of() {
    local status
    while :; do
        wait "$1"
        status=$?
        kill -0 "$1" 2>/dev/null || return "$status"
    done
}

# last_result_of NAME STATUS: returns STATUS, or that of another look at the tests that failed
last_result_of() {
    if [[ $2 != 1 || -n $interrupted ]]; then return "$2"; fi
    echo "What failed is run again, with nothing beside it:"
    LAST_LOOK=yes start "$1" --last-failed --last-failed-no-failures none
    result_of "${running[-1]}"
}

mkdir -p var
rm -rf var/failed-*
echo "Whole switches are played beside the other tests: tail -f $log"
start played "${played_ones[@]}" >"$log" 2>&1
start others --cov --cov-report= --cov-fail-under=0 "${played_ones[@]/#/--ignore=}"

result_of "${running[1]}"
others=$?
echo "Waiting for what is played: tail -f $log"
result_of "${running[0]}"
played=$?
cat "$log"

.venv/bin/coverage report
covered=$?
last_result_of others $others
others=$?
last_result_of played $played
played=$?
for status in $others $played $covered; do
    ((status == 0)) || exit "$status"
done
