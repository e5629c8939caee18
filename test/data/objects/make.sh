#!/bin/sh
# Compiles the objects of this folder; the .o files are checked in, since tests must need no clang. Clang 19.1.7 made them.
set -e
cd "$(dirname "$0")"
llvm=${1:-/usr/lib/llvm-19/bin}
for source in *.bpf.c; do
	case $source in dwarf.*) continue ;; esac
	object=${source%.c}.o
	"$llvm"/clang -target bpfel -mcpu=v3 -O2 -g -fdebug-prefix-map="$PWD"=. -c "$source" -o "$object"
	"$llvm"/llvm-strip -g "$object"
done
# With DWARF, in both of its versions.
for version in 4 5; do
	"$llvm"/clang -target bpfel -mcpu=v3 -O2 -gdwarf-$version -fdebug-prefix-map="$PWD"=. -c dwarf.bpf.c -o dwarf$version.bpf.o
done
# Tools as people write them, which need libbpf's headers.
for source in tools/*.bpf.c as-they-are/*.bpf.c; do
	object=${source%.c}.o
	case $source in */x86-*) arch=x86 ;; *) arch=arm64 ;; esac
	"$llvm"/clang -target bpfel -mcpu=v3 -O2 -g -D__TARGET_ARCH_$arch -idirafter "/usr/include/$(uname -m)-linux-gnu" \
		-fdebug-prefix-map="$PWD"=. -c "$source" -o "$object"
	"$llvm"/llvm-strip -g "$object"
done
