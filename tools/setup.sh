#!/usr/bin/env bash
# Install what is missing: system libraries, a virtual environment, this package with its pinned dependencies.
#
#   tools/setup.sh film     what rendering needs
#   tools/setup.sh test     the same, and what the tests need
#   tools/setup.sh bench    the same, and the peers that EM and the films are measured against
#
# PYTHON=/path/to/python3 names the interpreter, VENV=dir the environment (.venv). Done once, it returns at once.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
venv=${VENV:-.venv}
case $venv in /*) ;; *) venv=$root/$venv ;; esac
unfinished=.set-up-unfinished

say() { printf 'set-up: %s\n' "$*"; }
fail() {
    printf 'set-up: %s\n' "$*" >&2
    exit 1
}

# --- Python -----------------------------------------------------------------------------------------------------

is_recent() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }
has_venv() { "$1" -c 'import ensurepip, venv' >/dev/null 2>&1; }
has_headers() {
    "$1" -c 'import os, sys, sysconfig
sys.exit(not os.path.isfile(os.path.join(sysconfig.get_paths()["include"], "Python.h")))' >/dev/null 2>&1
}
is_complete() { is_recent "$1" && has_venv "$1" && has_headers "$1"; }
# The real file behind shims and links, so that a later upgrade of the link is noticed.
real_path() { "$1" -c 'import os, sys; print(os.path.realpath(sys.executable))' 2>/dev/null; }
version_of() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])'; }

first_that() {
    local holds=$1 candidate
    shift
    for candidate in "$@"; do
        if "$holds" "$candidate"; then
            real_path "$candidate"
            return
        fi
    done
    return 1
}

choose_python() {
    if [ -n "${PYTHON:-}" ]; then
        is_recent "$PYTHON" || fail "PYTHON=$PYTHON is not Python 3.11 or newer."
        python=$(real_path "$PYTHON")
        return
    fi
    local names=(python3.13 python3.12 python3.11 python3)
    # Where none is complete, the system's own goes first: it is the one that apt can complete.
    python=$(first_that is_complete "${names[@]}" /usr/bin/python3) ||
        python=$(first_that is_recent /usr/bin/python3 "${names[@]}") ||
        fail "Python 3.11 or newer is needed and was not found. Install it, or name it: make film PYTHON=/path/to/python3"
}

# --- System packages --------------------------------------------------------------------------------------------

has_compiler() { printf '#include <stdio.h>\n' | cc -x c -fsyntax-only - >/dev/null 2>&1; }
has_library() { pkg-config --exists "$@" >/dev/null 2>&1; }

# pycairo and ManimPango have no Linux wheels: pip compiles them, and this is what for.
missing_packages() {
    has_compiler || echo build-essential
    command -v pkg-config >/dev/null || echo pkg-config
    has_headers "$python" || echo "python$(version_of "$python")-dev"
    has_venv "$python" || echo "python$(version_of "$python")-venv"
    has_library cairo || echo libcairo2-dev
    has_library pangocairo pangoft2 || echo libpango1.0-dev
}

install_system_packages() {
    local packages
    read -r -a packages < <(missing_packages | xargs) || true
    [ "${#packages[@]}" -gt 0 ] || return 0
    if [ "$(uname -s)" = Darwin ]; then
        fail "libraries are missing. Install them and come back: brew install cairo pango pkg-config"
    fi
    command -v apt-get >/dev/null || fail "missing: ${packages[*]} (Debian's names). Install your system's counterparts."
    if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
        fail "system packages are missing that only root can install: apt-get install ${packages[*]}"
    fi
    say "installing system packages: ${packages[*]}"
    if ! apt_get update || ! apt_get install --yes --no-install-recommends "${packages[@]}"; then
        fail "apt-get did not install what is missing. As root: apt-get update && apt-get install ${packages[*]}"
    fi
    read -r -a packages < <(missing_packages | xargs) || true
    [ "${#packages[@]}" -eq 0 ] || fail "installed, and yet not to be used by $python: ${packages[*]}"
}

# The decks are tested in a browser. Where none can be had, those tests say so, and the rest goes on.
install_browser() {
    ! command -v chromium >/dev/null || return 0
    if command -v apt-get >/dev/null && { [ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null; }; then
        say "installing chromium, for the tests of decks"
        if apt_get update && apt_get install --yes --no-install-recommends chromium; then return 0; fi
    fi
    say "chromium is missing and could not be installed: the tests of decks in a browser will be skipped"
}

# Spark is measured beside EM. Where there is no Java, the table says so.
install_java() {
    ! command -v java >/dev/null || return 0
    if command -v apt-get >/dev/null && { [ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null; }; then
        say "installing a Java runtime, for Spark"
        if apt_get update && apt_get install --yes --no-install-recommends default-jre-headless; then return 0; fi
    fi
    say "Java is missing and could not be installed: Spark will not be measured"
}

apt_get() {
    local as_root=(env)
    [ "$(id -u)" -eq 0 ] || as_root=(sudo env)
    "${as_root[@]}" DEBIAN_FRONTEND=noninteractive \
        apt-get -qq -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0 "$@" </dev/null
}

# --- The virtual environment ------------------------------------------------------------------------------------

# What an install rests on, and the place: a virtual environment cannot be moved.
fingerprint() { cat pyproject.toml constraints.txt tools/setup.sh | cksum; }
here() { printf '%s\n' "$root" "$venv"; }
holds() { [ "$(cat "$venv/$1" 2>/dev/null)" = "$2" ]; }

is_sound() {
    [ ! -e "$venv/$unfinished" ] && holds .set-up-place "$(here)" && [ -x "$venv/bin/python" ] || return 1
    [ -z "${PYTHON:-}" ] || [ "$(real_path "$PYTHON")" = "$(real_path "$venv/bin/python")" ]
}
is_done() { is_sound && holds ".set-up-$1" "$(fingerprint)"; }
# An environment without these marks was made by somebody else, and is not ours to remove.
is_ours() { [ -e "$venv/$unfinished" ] || [ -e "$venv/.set-up-place" ] || rmdir "$venv" 2>/dev/null; }

make_venv() {
    if [ -e "$venv" ]; then
        is_ours || fail "$venv was not made by this script. Move it away, or choose another place: VENV=dir"
        rm -rf "$venv"
    fi
    say "making $venv with $python"
    mkdir -p "$venv"
    touch "$venv/$unfinished"
    "$python" -m venv "$venv"
    here >"$venv/.set-up-place"
}

install_package() {
    local extras=$1 log=$venv/set-up.log pip=("$venv/bin/python" -m pip --disable-pip-version-check --no-input)
    touch "$venv/$unfinished"
    say "installing em-film[$extras] and its dependencies (a minute or two; details in $log)"
    {
        "${pip[@]}" install -c constraints.txt pip &&
            "${pip[@]}" install -c constraints.txt --build-constraint constraints.txt -e ".[$extras]"
    } </dev/null >"$log" 2>&1 || { tail -n 20 "$log" >&2 && fail "pip failed: the whole story is in $log"; }
}

main() {
    local what=${1:-} extras also=""
    case $what in
        film) extras=film ;;
        test) extras=film,distributed,test also=film ;;
        bench) extras=film,distributed,test,bench also="film test" ;;
        *) fail "say what for: tools/setup.sh film, tools/setup.sh test, or tools/setup.sh bench" ;;
    esac
    # Two at once would undo each other's work; the second waits. (macOS has no flock.)
    if command -v flock >/dev/null; then
        exec 9<pyproject.toml
        flock 9
    fi
    ! is_done "$what" || return 0

    choose_python
    install_system_packages
    [ "$what" = film ] || install_browser
    [ "$what" != bench ] || install_java
    is_sound || make_venv
    install_package "$extras"
    for what in $what $also; do fingerprint >"$venv/.set-up-$what"; done
    rm "$venv/$unfinished"
    say "done"
}

main "$@"
