#!/bin/sh
# Compiles the programs for BPF; the .o files are checked in, since benchmarks must need no clang. Clang 19.1.7 made them.
set -e
cd "$(dirname "$0")"
llvm=${1:-/usr/lib/llvm-19/bin}
for source in *.c; do
	[ "$source" = main.c ] && continue
	for cpu in v3 v4; do
		object=${source%.c}.$cpu.o
		"$llvm"/clang -target bpfel -mcpu=$cpu -O2 -g -Wall -fdebug-prefix-map="$PWD"=. -c "$source" -o "$object"
		"$llvm"/llvm-strip -g "$object"
	done
done
