#!/bin/sh
# Compiles the objects of this folder; the .o files are checked in, since tests must need no clang. Clang 19.1.7 made them.
set -e
cd "$(dirname "$0")"
llvm=${1:-/usr/lib/llvm-19/bin}
for source in *.bpf.c; do
	object=${source%.c}.o
	"$llvm"/clang -target bpfel -mcpu=v3 -O2 -g -fdebug-prefix-map="$PWD"=. -c "$source" -o "$object"
	"$llvm"/llvm-strip -g "$object"
done
