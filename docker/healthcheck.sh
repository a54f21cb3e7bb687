#!/bin/bash
# Asks /health/live; bash speaks TCP itself, a Python a minute would cost memory.
set -eu
exec 3<>"/dev/tcp/127.0.0.1/${SUBTIDE_WEB__PORT:-8765}"
printf 'GET /health/live HTTP/1.0\r\n\r\n' >&3
read -r _ status _ <&3
[ "$status" = 200 ]
