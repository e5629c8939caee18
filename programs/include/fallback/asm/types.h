/* What the kernel's headers find under the architecture's name. */
#ifndef TINYBPF_ASM_TYPES_H
#define TINYBPF_ASM_TYPES_H
#include <asm-generic/types.h>
#endif
