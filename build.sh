#!/usr/bin/env bash
# The front door: ./build.sh demo | test | bench | pack | clean   (see build/build.sh)
exec "$(dirname "${BASH_SOURCE[0]}")/build/build.sh" "$@"
