#!/usr/bin/env bash
# Run a render and end by saying where its films lie: tools/say_where.sh manim render -ql scenes/em_step.py
# Manim exits 0 even where it rendered nothing; here that is a failure.
set -euo pipefail

before=$(mktemp)
trap 'rm -f "$before"' EXIT
"$@"
films=$(find "$PWD" -path "$PWD/.*" -prune -o \( -name partial_movie_files -o -name sections \) -prune -o \
    -name '*.mp4' -newer "$before" -print)
if [ -z "$films" ]; then
    echo "The render ended, but left no MP4 under $PWD." >&2
    exit 1
fi
printf '\nThe film is ready:\n%s\n' "$films"
