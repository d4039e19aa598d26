#!/usr/bin/env bash
# usage: ./demo.sh [PHOTOS_DIR VIDEO]
# From nothing to named faces: installs what is missing, builds build/release, learns the people in PHOTOS_DIR (a folder
# of photos for each person, named after them; samples/raw by default), and names the faces in VIDEO (samples/gallery.mp4;
# a photo or a folder of photos will do). Results go to out/. A second run takes seconds and needs no network.
set -euo pipefail
home=$(cd "$(dirname "$0")" && pwd)

case $# in
  0) photos=$home/samples/raw; video=$home/samples/gallery.mp4; out=$home/out ;;
  2) photos=$(realpath -e "$1") && video=$(realpath -e "$2") || exit 1
     out=$home/out/$(basename "$photos")-$(basename "${video%.*}") ;;
  *) sed -n '2,5s/^# //p' "$0" >&2; exit 2 ;;
esac
[ -d "$photos" ] || { echo "demo.sh: $photos is not a folder" >&2; exit 1; }
cd "$home"
kith=build/release/kith

title() { printf '\n== %s\n' "$*"; }
short() { realpath -s --relative-to="$home" "$1"; }
# Exit code 1 of a verb that does many photos: some failed, and it said which; the rest goes on.
most() { "$@" || [ $? = 1 ]; }

title 'what Kith stands on: some minutes, the first time'
tools/setup

cores=$(nproc)
title "build (build/release): about $(((300 / cores + 59) / 60)) minutes on $cores cores, the first time"
# The demo does not build the tests, and leaves the folder as ./test.sh needs it if that configured it.
[ -e build/release/build.ninja ] || cmake --preset release -DKITH_TESTS=OFF >/dev/null
cmake --build build/release --target kith_product -j "$cores"

title 'models: 50 MB, the first time'
$kith model install

name=$(basename "$video")
stem=${name%.*}
case ${name,,} in
  *.jpg | *.jpeg | *.png | *.bmp | *.webp | *.tif | *.tiff) named=$out/${stem}_named.png ;;
  *) named=$out/${stem}_named.mp4 ;;
esac
sidecars=(--json "$out/$stem.jsonl")
if [ -d "$video" ]; then named=$out/${stem}_named; else sidecars+=(--srt "$out/$stem.srt"); fi
mkdir -p "$out"
photos=$(short "$photos") video=$(short "$video") out=$(short "$out")

title "align $photos"
most $kith align "$photos" "$out/chips"

title 'train'
most $kith train "$out/chips" --people "$out/people.kith"

title "recognize $video"
$kith recognize "$video" --people "$out/people.kith" --out "$named" "${sidecars[@]}"

title 'where to look'
cat <<END
$(short "$named")  the faces with their names
$(short "$out/$stem.jsonl")  the same for programs, a line a frame
$out/chips  the aligned faces, and a report on every photo
$out/people.kith  the people: try  $kith people list --people $out/people.kith
END
