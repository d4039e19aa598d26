#!/usr/bin/env bash
# usage: ./test.sh [--all]
# Installs what is missing, builds, and runs the tests that a change needs: labels unit, model, cli, data
# (data needs the folder with real pictures that KITH_TEST_DATA names, and skips visibly without it).
# --all adds the slow tests (LFW among them), the install test, the same tests in the sanitizer builds (build/asan,
# build/tsan) and every fuzz target for KITH_FUZZ_SECONDS (60), and builds the benchmarks. The exit code is 0 only if all
# of it passed.
set -euo pipefail
cd "$(dirname "$0")"

all=false
case ${1:-} in
  '') ;;
  --all) all=true ;;
  *) sed -n '2,7s/^# //p' "$0" >&2; exit 2 ;;
esac
jobs=$(nproc)
failed=()
prefix=()  # put before what runs our programs

title() { printf '\n== %s\n' "$*"; }

build() {  # build PRESET [CMAKE_OPTION...]
  title "build/$1"
  cmake --preset "$@" >/dev/null
  "${prefix[@]}" cmake --build "build/$1" -j "$jobs"
}

run_tests() {  # run_tests PRESET LABELS
  title "tests in build/$1: $2"
  "${prefix[@]}" ctest --test-dir "build/$1" -L "^($2)\$" -j "$jobs" --output-on-failure || failed+=("$1: $2")
}

# tests/sanitizers/*.supp say what is suppressed and why.
sanitizers() {
  local supp=$PWD/tests/sanitizers
  export ASAN_OPTIONS=detect_stack_use_after_return=1 UBSAN_OPTIONS=print_stacktrace=1
  export LSAN_OPTIONS=suppressions=$supp/lsan.supp:print_suppressions=0 TSAN_OPTIONS=suppressions=$supp/tsan.supp
  build asan
  run_tests asan 'unit|model|cli'
  run_tests asan 'data'
  # GCC 12's thread sanitizer cannot live with as many random address bits as newer kernels use.
  if setarch -R true 2>/dev/null; then prefix=(setarch -R); fi
  build tsan
  run_tests tsan 'unit|model|cli'
  run_tests tsan 'data'
  prefix=()
}

fuzz() {  # the build makes seeds in TARGET.corpus; what is found: build/fuzz/tests/fuzz/TARGET.crash-...
  local target
  build fuzz
  for target in build/fuzz/tests/fuzz/fuzz_*; do
    [ -f "$target" ] && [ -x "$target" ] || continue
    title "$target"
    "$target" -max_total_time="${KITH_FUZZ_SECONDS:-60}" -timeout=20 -rss_limit_mb=2048 -malloc_limit_mb=512 \
      -verbosity=0 -print_final_stats=1 -artifact_prefix="$target." "$target.corpus" || failed+=("$target")
  done
}

if $all; then tools/setup --dev --fuzz; else tools/setup --dev; fi
build release -DKITH_TESTS=ON -DKITH_BENCH="$($all && echo ON || echo OFF)"
title 'models'
build/release/kith model install --all || echo 'test.sh: models are missing: the tests that need them skip' >&2

run_tests release 'unit|model|cli|data'
if $all; then
  title 'names'
  tools/check_names || [ $? = 77 ] || failed+=('names')
  run_tests release 'slow'
  run_tests release 'install'
  sanitizers
  fuzz
fi
if [ ${#failed[@]} != 0 ]; then
  printf 'test.sh: FAILED in %s\n' "${failed[@]}"
  exit 1
fi
