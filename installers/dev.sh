#!/bin/sh
# Sets this checkout up and starts it:
#   sh installers/dev.sh run [FILE.ipynb ...]    the application (or any of its other arguments)
#   sh installers/dev.sh test [ARGUMENTS]        the tests; arguments go to pytest, paths from the checkout's top
#   sh installers/dev.sh build deb|tar           a package to install, in build/dist (installers/README.md)
#   sh installers/dev.sh set-up                  none of these, only the set-up
# Set-up happens once, and again when uv.lock changes: a Python that really runs, uv, the locked
# dependencies in .venv, and on Linux the system libraries that Qt asks for.  Everything of ours stays
# inside the checkout (.venv, .venv-tools); only system packages do not, and those are asked for first.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
venv=$root/.venv
tools=$root/.venv-tools
minimum_uv=0.9
# the home in the password file as well: HOME may be another one, or unset, under a service or sudo
own_home=$(getent passwd "$(id -u)" 2>/dev/null | cut -d : -f 6) || own_home=
home=${HOME:-$own_home}

say() { printf '%s\n' "$*" >&2; }
fail() { say "Set-up stopped: $*"; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

# --- system packages --------------------------------------------------------------------------

# system_install WHY COMMAND: runs COMMAND as root, or asks whether sudo may, or says why neither goes
system_install() {
    why=$1 command=$2
    if [ "$(id -u)" = 0 ]; then
        say "$why. Installing: $command"
        sh -c "$command" >&2 </dev/null || fail "this command failed: $command"
    elif has sudo && [ -t 0 ]; then
        say "$why. This would install what is missing:"
        say "    sudo sh -c '$command'"
        printf 'Run it now? [y/N] ' >&2
        read -r answer || answer=n
        case $answer in
            [yY]*) sudo sh -c "$command" >&2 || fail "this command failed: $command" ;;
            *) fail "$why; install it with: $command" ;;
        esac
    else
        fail "$why; as root, run: $command"
    fi
}

apt_command() {
    echo "apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $* >/dev/null"
}

# --- Python -----------------------------------------------------------------------------------

# Whether $1 runs, is CPython 3.12 or 3.13, and has the parts of the standard library that are sometimes left out
runs() {
    "$1" -I -c '
import sys, ctypes, sqlite3, zlib
sys.exit(sys.implementation.name != "cpython" or not (3, 12) <= sys.version_info[:2] < (3, 14))
' >/dev/null 2>&1
}

find_python() {
    for name in python3.12 python3.13 python3 python; do
        found=$(command -v "$name" 2>/dev/null) || continue
        if runs "$found"; then echo "$found"; return; fi
    done
    for found in \
        "${PYENV_ROOT:-$home/.pyenv}"/versions/3.12*/bin/python "${PYENV_ROOT:-$home/.pyenv}"/versions/3.13*/bin/python \
        "$own_home"/.pyenv/versions/3.1[23]*/bin/python \
        /usr/local/bin/python3.12 /usr/local/bin/python3.13 /usr/bin/python3.12 /usr/bin/python3.13 \
        /opt/homebrew/bin/python3.12 /opt/homebrew/bin/python3.13 \
        /usr/local/opt/python@3.12/bin/python3.12 /usr/local/opt/python@3.13/bin/python3.13 \
        /Library/Frameworks/Python.framework/Versions/3.12/bin/python3 \
        /Library/Frameworks/Python.framework/Versions/3.13/bin/python3 \
        "$home"/.local/share/uv/python/cpython-3.1[23]*/bin/python3 "$home"/.asdf/installs/python/3.1[23]*/bin/python \
        "$tools"/python/cpython-3.1[23]*/bin/python3
    do
        if [ -x "$found" ] && runs "$found"; then echo "$found"; return; fi
    done
}

# The system's own package of a fitting Python, where it has one; else one that uv keeps inside the checkout
install_python() {
    why="No Python 3.12 or 3.13 that runs was found"
    if has apt-get && apt-cache policy python3 2>/dev/null | grep -q 'Candidate: 3\.1[23]\.'; then
        system_install "$why" "$(apt_command python3 python3-venv)"
    elif has dnf; then
        system_install "$why" "dnf install -y python3.13"
    elif has brew; then
        system_install_brew "$why"
    elif has uv || has python3; then
        say "$why; fetching one into .venv-tools"
        use_system_certificates
        find_uv "$(command -v python3 || true)"
        UV_PYTHON_INSTALL_DIR="$tools/python" "$uv" python install --no-bin 3.12 >&2 ||
            fail "$why, and none could be fetched; install Python 3.12 and run this again"
    else
        fail "$why; install Python 3.12 and run this again"
    fi
}

system_install_brew() {
    [ -t 0 ] || fail "$1; run: brew install python@3.13"
    printf '%s. Run "brew install python@3.13" now? [y/N] ' "$1" >&2
    read -r answer || answer=n
    case $answer in
        [yY]*) brew install python@3.13 >&2 || fail "brew install python@3.13 failed" ;;
        *) fail "$1; run: brew install python@3.13" ;;
    esac
}

# --- uv ---------------------------------------------------------------------------------------

new_enough() {
    version=$("$1" --version 2>/dev/null) || return 1
    version=${version#uv }
    version=${version%% *}
    [ "$(printf '%s\n%s\n' "$minimum_uv" "$version" | sort -t . -k 1,1n -k 2,2n | head -n 1)" = "$minimum_uv" ]
}

# find_uv PYTHON: sets $uv; makes a private one with PYTHON where none is there
find_uv() {
    for uv in "$(command -v uv 2>/dev/null || true)" "$home/.local/bin/uv" "$home/.cargo/bin/uv" \
        "$(dirname -- "${1:-/nonexistent}")/uv" "$tools/uv/bin/uv" "$tools/lib/bin/uv"
    do
        if [ -n "$uv" ] && [ -x "$uv" ] && new_enough "$uv"; then return; fi
    done
    [ -n "$1" ] || fail "uv was not found, and there is no Python to install it with"
    say "Installing uv into .venv-tools"
    if "$1" -m venv --clear "$tools/uv" >/dev/null 2>&1 && pip_install "$tools/uv/bin/python" uv; then
        uv=$tools/uv/bin/uv
    elif pip_install "$1" --target "$tools/lib" uv; then
        uv=$tools/lib/bin/uv
    elif has apt-get && ! "$1" -c 'import ensurepip' >/dev/null 2>&1; then
        system_install "Python's venv module is missing" "$(apt_command python3-venv)"
        "$1" -m venv --clear "$tools/uv" || fail "Python's venv module does not work; install uv and run this again"
        pip_install "$tools/uv/bin/python" uv || fail "uv could not be installed by pip; install uv and run this again"
        uv=$tools/uv/bin/uv
    else
        fail "uv could not be installed by pip (is there a network?); install uv and run this again"
    fi
}

pip_install() {
    pip_python=$1
    shift
    "$pip_python" -m pip install --quiet --disable-pip-version-check "$@" >&2
}

# uv brings certificates of its own; behind a company's proxy only the system's know its authority
use_system_certificates() {
    for bundle in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem; do
        [ -f "$bundle" ] || continue
        export UV_SYSTEM_CERTS="${UV_SYSTEM_CERTS:-true}" UV_NATIVE_TLS="${UV_NATIVE_TLS:-true}" # its older name
        return
    done
}

# --- Qt's system libraries ----------------------------------------------------------------------

# The libraries that Qt asks for and the system lacks; $1 is "window" or "offscreen"
missing_libraries() {
    qt=$(echo "$venv"/lib/python3.*/site-packages/PySide6/Qt)
    set -- "$1" "$qt/lib/libQt6Widgets.so.6" "$qt/lib/libQt6Svg.so.6" "$qt/plugins/platforms/libqoffscreen.so"
    [ "$1" = offscreen ] || set -- "$@" "$qt/plugins/platforms/libqxcb.so"
    shift
    ldd "$@" 2>/dev/null | sed -n 's/^[[:space:]]*\([^ ]*\) => not found.*/\1/p' | sort -u
}

# Debian names a library's package after its soname: libX11.so.6 is in libx11-6; glib's three are in one
debian_packages() {
    printf '%s\n' "$@" | tr '[:upper:]_' '[:lower:]-' |
        sed -e 's/^libg[a-z]*-2\.0\.so\.0$/libglib2.0-0/' -e 's/\([0-9]\)\.so\.\([0-9]*\).*/\1-\2/' -e 's/\.so\.\([0-9]*\).*/\1/' |
        sort -u | tr '\n' ' ' | sed 's/ $//'
}

rpm_capabilities() {
    for library in "$@"; do printf "'%s()(64bit)' " "$library"; done
}

ensure_libraries() {
    [ "$(uname -s)" = Linux ] && has ldd || return 0
    missing=$(missing_libraries "$1")
    [ -n "$missing" ] || return 0
    why="Qt needs system libraries that are not installed ($(echo "$missing" | tr '\n' ' ' | sed 's/ $//'))"
    # shellcheck disable=SC2086  # one word a library
    if has apt-get; then
        system_install "$why" "$(apt_command "$(debian_packages $missing)")"
    elif has dnf; then
        system_install "$why" "dnf install -y $(rpm_capabilities $missing)"
    elif has zypper; then
        system_install "$why" "zypper --non-interactive install $(rpm_capabilities $missing)"
    else
        fail "$why; install them with your system's package manager and run this again"
    fi
    missing=$(missing_libraries "$1")
    [ -z "$missing" ] || fail "these libraries are still missing: $(echo "$missing" | tr '\n' ' ')"
}

# --- the whole ----------------------------------------------------------------------------------

# What the environment in .venv was made from; another checkout's path or lock means making it anew
fingerprint() { printf '%s\n' "$root" && cksum <"$root/uv.lock" && cksum <"$root/pyproject.toml"; }

# set_up SCREEN: with nothing missing it starts no program but cksum
set_up() {
    stamp=$venv/.capsule-set-up
    if [ ! -x "$venv/bin/python" ] || [ ! -f "$stamp" ] || [ "$(cat "$stamp")" != "$(fingerprint)" ]; then
        python=$(find_python)
        if [ -z "$python" ]; then
            install_python
            python=$(find_python)
            [ -n "$python" ] || fail "no Python 3.12 or 3.13 that runs was found; install one and run this again"
        fi
        use_system_certificates
        find_uv "$python"
        say "Installing the locked dependencies into .venv"
        # the caller's own environment must neither be used nor changed
        (
            unset VIRTUAL_ENV CONDA_PREFIX PYTHONHOME PYTHONPATH UV_PROJECT_ENVIRONMENT || true
            cd -- "$root" && UV_PYTHON="$python" UV_PROJECT_ENVIRONMENT="$venv" "$uv" sync --locked --quiet
        ) || fail "uv could not install the locked dependencies; its own words are above"
        rm -f "$venv/.capsule-screen-offscreen" "$venv/.capsule-screen-window" "$venv/.capsule-build"
        fingerprint >"$stamp"
    fi
    screen=$venv/.capsule-screen-$1
    if [ ! -f "$screen" ]; then
        ensure_libraries "$1"
        : >"$screen"
    fi
}

# --- building packages --------------------------------------------------------------------------

# A program and the Debian package that has it, for each that building needs and the system lacks
missing_build_packages() {
    has strip && has objdump || echo binutils
    has patchelf || echo patchelf
    has icupkg || [ -x /usr/sbin/icupkg ] || echo icu-devtools
    [ "$1" = deb ] || return 0
    has dpkg-deb || echo dpkg
    has lintian || echo lintian
    has desktop-file-validate || echo desktop-file-utils
    has appstreamcli || echo appstream
}

# What `python -m installers.build` needs beyond the application itself; $1 is "deb" or "tar"
set_up_build() {
    if [ "$(uname -s)" = Linux ]; then
        missing=$(missing_build_packages "$1" | tr '\n' ' ' | sed 's/ $//')
        if [ -n "$missing" ]; then
            why="Building a package needs programs that are not installed ($missing)"
            if has apt-get; then
                system_install "$why" "$(apt_command "$missing")"
            else
                fail "$why; install them with your system's package manager and run this again"
            fi
        fi
    fi
    [ ! -f "$venv/.capsule-build" ] || return 0
    use_system_certificates
    python=$venv/bin/python
    find_uv "$python"
    say "Installing what builds packages into .venv"
    (
        unset VIRTUAL_ENV CONDA_PREFIX PYTHONHOME PYTHONPATH UV_PROJECT_ENVIRONMENT || true
        cd -- "$root" && UV_PYTHON="$python" UV_PROJECT_ENVIRONMENT="$venv" "$uv" sync --locked --quiet --group build
    ) || fail "uv could not install the locked dependencies; its own words are above"
    : >"$venv/.capsule-build"
}

usage() { sed -n '2,6s/^# \{0,1\}//p' "$0"; }

case ${1:-} in
    run)
        shift
        case ${1:-} in
            run | -*) set_up offscreen ;; # no window is opened
            *)
                if [ "$(uname -s)" = Linux ] && [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}${QT_QPA_PLATFORM:-}" ]; then
                    fail "there is no screen to open a window on (neither DISPLAY nor WAYLAND_DISPLAY is set)"
                fi
                set_up window
                ;;
        esac
        # -P: a file engine.py in the current folder must not be taken for ours
        exec "$venv/bin/python" -P -m capsule_desktop "$@"
        ;;
    test)
        shift
        set_up offscreen
        if [ "${CAPSULE_SLOW:-}" = 1 ] && has apt-get && ! has debootstrap; then
            system_install "The tests of packages make fresh roots" "$(apt_command debootstrap)"
        fi
        cd -- "$root"
        unset PYTHONPATH PYTHONHOME || true
        exec "$venv/bin/python" -m pytest "$@"
        ;;
    build)
        shift
        set_up offscreen
        set_up_build "${1:-deb}"
        cd -- "$root"
        unset PYTHONPATH PYTHONHOME || true
        exec "$venv/bin/python" -m installers.build "$@"
        ;;
    set-up) set_up offscreen ;;
    -h | --help | help) usage ;;
    *)
        usage >&2
        exit 2
        ;;
esac
