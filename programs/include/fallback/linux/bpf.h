/* For programs that include the kernel's header instead of vmlinux.h, where that is not installed. */
#include "vmlinux.h"
