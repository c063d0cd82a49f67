#!/bin/sh
# Installs bubblewrap, and libseccomp that the sandbox's filter is made with, where they are missing.
set -eu

have() {
    command -v bwrap >/dev/null && ldconfig -p 2>/dev/null | grep -q libseccomp.so.2
}

have && exit 0
as_root=""
[ "$(id -u)" = 0 ] || as_root="sudo -n"

if command -v apt-get >/dev/null; then
    $as_root apt-get update -qq || true # an old list of packages may do
    DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends bubblewrap libseccomp2 || true
elif command -v dnf >/dev/null; then
    $as_root dnf install -y -q bubblewrap libseccomp || true
fi >&2

have || {
    echo "The code interpreter needs bubblewrap and libseccomp: install them with your system's package manager." >&2
    exit 1
}
