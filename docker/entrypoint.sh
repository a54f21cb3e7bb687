#!/bin/sh
# The image's `subtide`. Started as root it becomes PUID:PGID first, so that nothing in /config
# belongs to root; started as someone else (--user) it just runs.
set -eu

if [ -n "${TZ:-}" ] && [ ! -e "/usr/share/zoneinfo/$TZ" ]; then
    echo "TZ=$TZ is no time zone, UTC is used instead; write one such as Europe/Lisbon" >&2
fi
if [ "$(id -u)" -ne 0 ]; then
    exec /opt/subtide/bin/subtide "$@"
fi

uid=${PUID:-1000}
gid=${PGID:-1000}
case "$uid$gid" in
*[!0-9]*)
    echo "PUID=$uid and PGID=$gid must be numbers; see yours with: id" >&2
    exit 3
    ;;
esac
if [ "$(stat -c %u:%g /config)" != "$uid:$gid" ]; then
    chown -R "$uid:$gid" /config ||
        echo "/config cannot be given to $uid:$gid; do it on the host, or use its owner's PUID, PGID" >&2
fi
exec setpriv --reuid "$uid" --regid "$gid" --clear-groups --no-new-privs \
    /opt/subtide/bin/subtide "$@"
