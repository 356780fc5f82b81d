#!/bin/sh
# Tells the desktop of this folder's Capsule, for this user alone, and takes it back:
#   ./integrate.sh            writes a menu entry, file types and icons below ~/.local/share, and a link in ~/.local/bin
#   ./integrate.sh --remove   removes exactly these
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
share=${XDG_DATA_HOME:-$HOME/.local/share}
bin=$HOME/.local/bin
entry=$share/applications/capsule-desktop.desktop

# What the desktop knows it from, below share/; the entry and the link are made for this folder
shared_files() { (cd -- "$here/share" && find icons mime -type f | sort); }

# Inside a quoted argument of Exec these need a backslash, and it needs another one in a desktop entry; % is doubled
# shellcheck disable=SC2016  # no expressions
quoted() { printf '%s' "$1" | sed -e 's/\\/\\\\\\\\/g' -e 's/["`$]/\\\\&/g' -e 's/%/%%/g'; }

refresh() {
    if command -v update-desktop-database >/dev/null 2>&1; then update-desktop-database -q "$share/applications" || true; fi
    if command -v update-mime-database >/dev/null 2>&1; then update-mime-database "$share/mime" >/dev/null 2>&1 || true; fi
    if command -v gtk-update-icon-cache >/dev/null 2>&1; then gtk-update-icon-cache -qtf "$share/icons/hicolor" || true; fi
}

add() {
    mkdir -p "$share/applications" "$share/mime/packages" "$bin"
    shared_files | while IFS= read -r file; do
        mkdir -p "$share/$(dirname -- "$file")"
        cp -- "$here/share/$file" "$share/$file"
    done
    program=$(quoted "$here/capsule-desktop")
    while IFS= read -r line; do
        case $line in
            Exec=*) printf 'Exec="%s"%s\n' "$program" "${line#Exec=capsule-desktop}" ;;
            *) printf '%s\n' "$line" ;;
        esac
    done <"$here/share/applications/capsule-desktop.desktop" >"$entry"
    if [ -L "$bin/capsule-desktop" ] || [ ! -e "$bin/capsule-desktop" ]; then
        ln -sfn "$here/capsule-desktop" "$bin/capsule-desktop"
    else
        echo "$bin/capsule-desktop is there already and no link; it was left as it is." >&2
    fi
    refresh
    echo "Capsule is in the menu now. Take it back with: $here/integrate.sh --remove"
}

remove() {
    shared_files | while IFS= read -r file; do rm -f -- "$share/$file"; done
    rm -f -- "$entry"
    if [ "$(readlink -- "$bin/capsule-desktop" 2>/dev/null)" = "$here/capsule-desktop" ]; then rm -f -- "$bin/capsule-desktop"; fi
    refresh
    echo "The menu entry, file types and icons are gone; your notebooks and their records are untouched."
}

case ${1:-} in
    "") add ;;
    --remove) remove ;;
    *)
        sed -n '2,4s/^# \{0,1\}//p' "$0" >&2
        exit 2
        ;;
esac
