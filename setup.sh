#!/bin/bash
# Installs what softswitch needs and does not find: quick and silent when nothing is missing.
#
#   ./setup.sh           .venv and the Debian packages (make calls this)
#   ./setup.sh tests     besides, what only the tests need: a browser for the desk's pages
#   ./setup.sh python    .venv only (enough for make check)
#   ./setup.sh debian    the Debian packages only (for: sudo ./setup.sh debian)
#
# Three promises:
# * No service of a package installed here is started, now or at the next boot: Debian would
#   start Kamailio, mosquitto and rtpengine on the ports where the switch runs its own, and a
#   PostgreSQL that nobody needs. A service that was here before is left alone.
# * It may be interrupted at any moment and run again.
# * Nothing outside .venv is written but by apt, and /usr/sbin/policy-rc.d while apt runs.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

PACKAGES=(
    kamailio kamailio-extra-modules kamailio-json-modules kamailio-sqlite-modules
    kamailio-utils-modules kamailio-websocket-modules kamailio-tls-modules
    rtpengine-daemon mosquitto sip-tester baresip-core
    postgresql postgresql-common # the tests start one of their own; common has the service
)
# The same for a system without dpkg: what must be found there, and what brings it.
PROGRAMS=(kamailio rtpengine mosquitto sipp baresip postgres)
TEST_PACKAGES=(chromium)
TEST_PROGRAMS=(chromium)

VENV=.venv
STAMP=$VENV/softswitch-setup
POLICY=/usr/sbin/policy-rc.d
FORMER_POLICY=$POLICY.before-softswitch
POLICY_MARK="# Written by the setup.sh of softswitch for:"
LOG=
QUIET_IS_ON=

say() { printf '%s\n' "$*" >&2; }

fail() {
    say ""
    for line in "softswitch: $1" "${@:2}"; do say "$line"; done
    exit 1
}

# ---------------------------------------------------------------- a step that takes a while

# step TEXT COMMAND...: runs the command with its output put aside; dots show that it lives.
step() {
    local text=$1 began=$SECONDS ticker status=0
    shift
    if [[ -z $LOG ]]; then
        say "Setting up softswitch (once):"
        LOG=$(mktemp "${TMPDIR:-/tmp}/softswitch-setup.XXXXXX")
    fi
    : >"$LOG"
    printf '  %s' "$text" >&2
    (
        trap - EXIT TERM HUP
        trap '[[ -z ${FINISH_FIRST:-} ]] && exit || printf " (finishing this first)"' INT
        while kill -0 $$ 2>/dev/null; do
            for _ in 1 2 3; do sleep 1 >/dev/null 2>&1; done
            printf ' .' >&2
        done
    ) 9<&- &
    ticker=$!
    "$@" >"$LOG" 2>&1 </dev/null 9<&- || status=$?
    kill "$ticker" 2>/dev/null || true
    wait "$ticker" 2>/dev/null || true
    if ((status)); then
        printf ' failed\n' >&2
        return "$status"
    fi
    printf ' done (%d s)\n' $((SECONDS - began)) >&2
}

failed_step() {
    say ""
    tail -n 25 "$LOG" | sed 's/^/    /' >&2
    fail "$@"
}

clean_up() {
    local status=$?
    trap '' INT TERM HUP
    if [[ -n $QUIET_IS_ON ]]; then end_quiet; fi
    [[ -z $LOG ]] || rm -f "$LOG"
    exit "$status"
}

# ---------------------------------------------------------------- Python

# Line 1: the interpreter and the place; a change of either calls for a new .venv.
# Line 2: all that decides what is in it; a change calls for pip.
fingerprint() {
    "$VENV/bin/python" -I -c 'import sys; print(sys.version.split()[0], sys.base_prefix, end=" ")' &&
        pwd -P &&
        { cat setup.sh requirements.txt requirements-dev.txt &&
            sed '/^# ------/,$d' pyproject.toml; } | cksum
}

python_is_ready() {
    [[ -f $STAMP && -x $VENV/bin/softswitch ]] &&
        [[ $(fingerprint 2>/dev/null) == "$(<"$STAMP")" ]]
}

# Prints the true path of the first Python that fits: not the one inside the .venv that is
# to be made again, nor a pyenv shim that means another Python tomorrow. The system's own comes
# first: it was built with what a profile showed, and a pyenv's as a rule was not. That saves a
# call a fifth of its CPU.
find_python() {
    local candidate
    for candidate in /usr/bin/python3.12 /usr/bin/python3.11 /usr/bin/python3 \
        python3.12 python3.11 python3 \
        "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.1[12].*/bin/python3 \
        "$HOME"/.local/share/uv/python/cpython-3.1[12]*/bin/python3; do
        command -v "$candidate" >/dev/null || continue
        PYTHONHOME='' "$candidate" -I - 2>/dev/null <<'PYTHON' && return
import ensurepip, os, platform, sys, sysconfig, venv
fits = (3, 11) <= sys.version_info[:2] <= (3, 12) and sys.implementation.name == "cpython"
if not fits or sysconfig.get_platform() != "linux-x86_64":
    sys.exit(1)
print(os.path.join(sys.base_prefix, "bin", "python%d.%d" % sys.version_info[:2]))
PYTHON
    done
    return 1
}

no_python() {
    fail "no Python that fits: CPython 3.11 or 3.12, with venv, on 64-bit x86 Linux" \
        "(pjsua2, the SIP library, is published for no other)." \
        "Debian 12 has one:   sudo apt-get install python3 python3-venv" \
        "Elsewhere, pyenv:    pyenv install 3.12"
}

install_python_packages() {
    local python began=
    [[ -f $STAMP ]] && began=$(head -n 1 "$STAMP")
    if [[ -n $began && $(fingerprint 2>/dev/null | head -n 1) == "$began" ]]; then
        rm -f "$STAMP" # so that an interrupted change is not taken for a finished one
    else
        python=$(find_python) || no_python
        if [[ -d $VENV && ! -w $VENV ]]; then
            fail "$VENV is another user's (made with sudo?): remove it and ask again."
        fi
        rm -rf "$VENV"
        step "Making .venv with $("$python" -V) (${python})" "$python" -m venv "$VENV" ||
            failed_step "the virtual environment could not be made."
    fi
    local pip=("$VENV/bin/python" -m pip install --disable-pip-version-check --no-input
        --progress-bar off --no-deps)
    step "Installing Python packages" "${pip[@]}" --only-binary :all: \
        -r requirements.txt -r requirements-dev.txt ||
        failed_step "pip could not install the Python packages; is the network there?"
    step "Checking them and adding softswitch" install_ourselves "${pip[@]}" ||
        failed_step "softswitch could not be installed in .venv."
    fingerprint >"$STAMP.new"
    mv "$STAMP.new" "$STAMP"
}

install_ourselves() {
    "$@" --no-build-isolation --editable . && "$VENV/bin/python" -m pip check
}

# ---------------------------------------------------------------- Debian packages

missing_packages() {
    local package
    if command -v dpkg-query >/dev/null; then
        local installed
        installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${PACKAGES[@]}" 2>/dev/null) || true
        for package in "${PACKAGES[@]}"; do
            [[ $'\n'$installed$'\n' == *$'\n'"installed $package"$'\n'* ]] || echo "$package"
        done
    else
        for package in "${PROGRAMS[@]}"; do
            PATH=$PATH:/usr/sbin:/sbin command -v "$package" >/dev/null || echo "$package"
        done
    fi
}

debian_is_ready() {
    [[ -z $(missing_packages) ]] && ! policy_is_left_over
}

# A run that was killed outright leaves our policy behind: it is also the note of which
# packages were being installed.
policy_is_left_over() {
    [[ -f $POLICY && $EUID == 0 ]] && grep -qsF "$POLICY_MARK" "$POLICY"
}

install_debian_packages() {
    local wanted=("$@")
    export DEBIAN_FRONTEND=noninteractive APT_LISTCHANGES_FRONTEND=none NEEDRESTART_MODE=l
    local apt=(apt-get -q -y -o DPkg::Lock::Timeout=120 -o Dpkg::Options::=--force-confdef
        -o Dpkg::Options::=--force-confold)
    local install=("${apt[@]}" install --no-install-recommends "${wanted[@]}")
    if ! "${install[@]}" --simulate >/dev/null 2>&1; then
        step "Asking Debian what there is" "${apt[@]}" update || true
    fi
    # The lists may name versions that Debian has replaced since: ask again, once.
    step "Fetching ${#wanted[@]} Debian packages and what they need" "${install[@]}" --download-only ||
        { step "Asking Debian what there is now" "${apt[@]}" update &&
            step "Fetching them again" "${install[@]}" --download-only; } ||
        failed_step "apt could not fetch: ${wanted[*]}"
    begin_quiet "${wanted[@]}"
    # In a group of its own, so that Ctrl-C does not stop dpkg half-way: it takes seconds.
    FINISH_FIRST=yes step "Installing them (their services stay off)" setsid --wait "${install[@]}" ||
        failed_step "apt could not install: ${wanted[*]}"
    end_quiet
}

# Names of the services that the packages brought, one a line.
services_of() {
    dpkg-query -L "$@" 2>/dev/null |
        sed -nE 's#^(/usr)?/lib/systemd/system/([^@]+)\.service$#\2#p; s#^/etc/init\.d/##p' | sort -u
}

# Debian asks policy-rc.d before it starts anything. Ours forbids the services of the packages
# that are being installed; all else is asked of the policy that was here before, if any. Should
# this script be killed outright, ours still stands while apt finishes, and then has no effect.
begin_quiet() {
    QUIET_IS_ON=yes
    if [[ -e $POLICY || -L $POLICY ]]; then mv "$POLICY" "$FORMER_POLICY"; fi
    cat >"$POLICY.new" <<POLICY
#!/bin/sh
$POLICY_MARK $*
# It is removed when they are installed.
quiet_until=$(($(date +%s) + 1800))
former=$FORMER_POLICY
for word; do
    case \$word in -*) ;; *) service=\${word%.service}; break ;; esac
done
if [ "\$(date +%s)" -lt "\$quiet_until" ] && dpkg-query -L $* 2>/dev/null |
    grep -qxE "(/usr)?/lib/systemd/system/\$service\\.service|/etc/init\\.d/\$service"; then
    exit 101
fi
if [ -x "\$former" ]; then exec "\$former" "\$@"; fi
[ -e /sbin/init ] || exit 101
exit 0
POLICY
    chmod 755 "$POLICY.new"
    mv "$POLICY.new" "$POLICY"
}

# Keeps the services of the packages just installed off at the next boot too, and puts the
# former policy back. Which packages those are stands in our policy.
end_quiet() {
    local packages service
    read -ra packages < <(sed -n "s|^$POLICY_MARK ||p" "$POLICY")
    for service in $(services_of "${packages[@]}"); do
        # A unit that the administrator wrote by that name was here before and is not ours.
        if [[ -f /etc/systemd/system/$service.service ||
            -f /usr/local/lib/systemd/system/$service.service ]]; then continue; fi
        if command -v systemctl >/dev/null; then
            systemctl disable "$service.service" || true
        else
            deb-systemd-helper disable "$service.service" || true
        fi
        if [[ -x /etc/init.d/$service ]]; then update-rc.d "$service" disable || true; fi
    done >/dev/null 2>&1
    rm -f "$POLICY"
    if [[ -e $FORMER_POLICY || -L $FORMER_POLICY ]]; then mv "$FORMER_POLICY" "$POLICY"; fi
    QUIET_IS_ON=
}

no_packages() {
    if command -v dpkg-query >/dev/null; then
        fail "Debian packages are missing, and only root can install them: $*" "" \
            "    sudo ./setup.sh debian" "" \
            "installs them and keeps their services off (a plain apt-get install would start" \
            "Kamailio, mosquitto and rtpengine on the ports where the switch runs its own)."
    else
        fail "programs are missing: $*" \
            "This is no Debian; what brings them there: ${PACKAGES[*]}"
    fi
}

# ---------------------------------------------------------------- all of it

everything_is_ready() {
    case $1 in
        python) python_is_ready ;;
        debian) debian_is_ready ;;
        *) python_is_ready && debian_is_ready ;;
    esac
}

set_up_debian() {
    local missing
    if policy_is_left_over; then end_quiet; fi
    mapfile -t missing < <(missing_packages)
    if ((${#missing[@]} == 0)); then return; fi
    if ((EUID)) || ! command -v apt-get >/dev/null; then no_packages "${missing[@]}"; fi
    install_debian_packages "${missing[@]}"
}

set_up_python() {
    if python_is_ready; then return; fi
    if ((EUID == 0)) && ! find_python >/dev/null && debian_has_python; then
        install_debian_packages python3 python3-venv
    fi
    install_python_packages
}

debian_has_python() {
    local known
    command -v apt-get >/dev/null || return 1
    known=$(apt-cache show python3 2>/dev/null) || known=
    if [[ -z $known ]]; then
        step "Asking Debian what there is" apt-get -q update || true
        known=$(apt-cache show python3 2>/dev/null) || known=
    fi
    [[ $known =~ (^|$'\n')'Version: 3.1'[12]'.' ]]
}

main() {
    local what=${1:-everything} status=0
    case $what in
        everything | python | debian) ;;
        tests)
            PACKAGES+=("${TEST_PACKAGES[@]}")
            PROGRAMS+=("${TEST_PROGRAMS[@]}")
            ;;
        *) fail "setup.sh knows: python, debian, tests, or nothing for the first two" ;;
    esac
    if everything_is_ready "$what"; then return; fi

    [[ $(uname -s) == Linux ]] || fail "softswitch runs on Linux only."
    trap clean_up EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    # One set-up at a time: make check beside make test would both find the same missing.
    exec 9<setup.sh
    if ! flock --nonblock 9; then
        say "softswitch: waiting for another set-up to finish"
        flock 9
        if everything_is_ready "$what"; then return; fi
    fi
    if [[ $what != python ]]; then set_up_debian; fi
    if [[ $what != debian ]]; then set_up_python; fi
}

main "$@"
