#!/usr/bin/env bash
# CMake consumes the archive twice: installed and found, and as a part of another build; and the repository the same
# way.
# usage: cmake_test.sh TMD COMPILER
. "$(dirname "$0")/lib.sh"
needs cmake
tmd=$1 compiler=$2
make_archive cmake "tinymldelta-cmake-$version.tar.gz"
make_patches "$tmd"
here=$work/unpacked/tinymldelta-$version

# consume NAME LINES: a project that has these lines before it links; its program must make the target
consume() {
  mkdir -p "$work/$1"
  cp "$root/tests/system/packages/update_program.cpp" "$work/$1/main.cpp"
  printf '%s\n' 'cmake_minimum_required(VERSION 3.18)' 'project(consumer LANGUAGES CXX)' "$2" \
    'add_executable(program main.cpp)' 'target_link_libraries(program PRIVATE TinyMLDelta::TinyMLDelta)' \
    >"$work/$1/CMakeLists.txt"
  {
    cmake -S "$work/$1" -B "$work/$1/build" -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_PREFIX_PATH="$work/prefix" &&
      cmake --build "$work/$1/build"
  } >"$work/log" 2>&1 || { cat "$work/log"; fail "$1 does not build"; }
  "$work/$1/build/program" "$work/first.tmd" "$work/update.tmd" "$work/target.bin" >"$work/log" ||
    { cat "$work/log"; fail "$1 does not update"; }
  echo "$1: ok"
}

cmake -S "$here" -B "$work/build" >/dev/null
cmake --install "$work/build" --prefix "$work/prefix" >/dev/null
consume found "find_package(TinyMLDelta $version REQUIRED)"
consume fetched "include(FetchContent)
FetchContent_Declare(TinyMLDelta URL $work/archives/tinymldelta-cmake-$version.tar.gz)
FetchContent_MakeAvailable(TinyMLDelta)"
consume subdirectory "add_subdirectory($here tinymldelta)"
consume repository "include(FetchContent)
FetchContent_Declare(TinyMLDelta SOURCE_DIR $root SOURCE_SUBDIR tools/package/cmake)
FetchContent_MakeAvailable(TinyMLDelta)"

# Another minor version is not taken for this one.
printf '%s\n' 'cmake_minimum_required(VERSION 3.18)' 'project(consumer LANGUAGES NONE)' \
  'find_package(TinyMLDelta 99.0 REQUIRED)' >"$work/CMakeLists.txt"
if cmake -S "$work" -B "$work/other" -DCMAKE_PREFIX_PATH="$work/prefix" >/dev/null 2>&1; then
  fail "version 99.0 was found"
fi
