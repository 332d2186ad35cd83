#!/bin/sh
# Installs the real servers of the tests from Debian's packages: only missing ones; starts none.
set -eu

missing=
for package in dovecot-imapd dovecot-lmtpd postgresql chromium fonts-noto-cjk; do
    status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$status" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
    echo "amends: AMENDS_INSTALL=1 needs apt-get; install yourself:$missing" >&2
    exit 1
fi
if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null 2>&1; then exec sudo sh "$0"; fi
    echo "amends: AMENDS_INSTALL=1 needs root or sudo to install:$missing" >&2
    exit 1
fi

# Debian starts the servers that it installs, unless this file says no (exit code 101).
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    trap 'exit 130' HUP INT TERM
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
fi

echo "amends: installing$missing ..." >&2
export DEBIAN_FRONTEND=noninteractive
apt-get -q -o DPkg::Lock::Timeout=300 update >&2
# shellcheck disable=SC2086 # a list of words
apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends $missing >&2
