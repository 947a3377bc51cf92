#!/usr/bin/env bash
# deb.sh PACKAGE: unpacks a Debian package for tests, without root and without touching the system's apt, and prints the folder.
# Uses the machine's own sources through a private apt configuration; the result is kept in the user's cache directory.
set -euo pipefail
package=$1
cache=${XDG_CACHE_HOME:-$HOME/.cache}/naq-tests/$package
if [[ -f $cache/.done ]]; then echo "$cache"; exit; fi
command -v apt-get >/dev/null && command -v dpkg >/dev/null || { echo "apt-get and dpkg are needed to fetch $package" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/root"
options=(-q -o "Dir::State::Lists=$work/lists" -o "Dir::Cache=$work/cache" -o Debug::NoLocking=1)
[[ $(id -u) -ne 0 ]] || options+=(-o APT::Sandbox::User=root)
apt-get "${options[@]}" update >&2
(cd "$work" && apt-get "${options[@]}" download "$package" >&2)
dpkg -x "$work"/*.deb "$work/root"
mkdir -p "$(dirname "$cache")"
rm -rf "$cache"
mv "$work/root" "$cache"
touch "$cache/.done"
echo "$cache"
