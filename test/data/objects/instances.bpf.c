/* Reads structures that a lab has made, by pointers that a function is given. */
#include "bpf.h"

char LICENSE[] SEC("license") = "GPL";

static long (*const bpf_probe_read_kernel)(void *to, __u32 size, const void *from) = (void *)113;
#define read(to, from) bpf_probe_read_kernel(&(to), sizeof(to), __builtin_preserve_access_index(&(from)))

struct inode { __u64 i_ino; __u32 i_mode; } __core;
struct path { void *mnt; struct dentry *dentry; };
struct dentry { struct inode *d_inode; char d_iname[32]; } __core;
struct file { struct path f_path; struct inode *f_inode; __u32 f_flags; __u32 f_count : 4, f_kind : 4; } __core;

__u64 out[8];
char name[32];

/* A bit field wherever it is, as BPF_CORE_READ_BITFIELD reads it. */
static inline __attribute__((always_inline)) __u64 kind_of(struct file *f)
{
	void *at = (void *)f + __builtin_preserve_field_info(f->f_kind, 0);
	__u64 value = 0;

	switch (__builtin_preserve_field_info(f->f_kind, 1)) {
	case 1: value = *(unsigned char *)at; break;
	case 2: value = *(unsigned short *)at; break;
	case 4: value = *(__u32 *)at; break;
	case 8: value = *(__u64 *)at; break;
	}
	value <<= __builtin_preserve_field_info(f->f_kind, 4);
	return value >> __builtin_preserve_field_info(f->f_kind, 5);
}

/* By loads, as a program does whose arguments have types. */
SEC("fentry/security_file_open")
int by_loads(__u64 *ctx)
{
	struct file *f = (void *)ctx[0];

	out[0] = f->f_flags;
	out[1] = f->f_inode->i_ino;
	out[2] = kind_of(f);
	return 0;
}

/* By helpers, as BPF_CORE_READ does it. */
SEC("fexit/security_file_open")
int by_helpers(__u64 *ctx)
{
	struct file *f = (void *)ctx[0];
	struct dentry *d;
	struct inode *i;
	__u32 mode;

	read(d, f->f_path.dentry);
	read(i, d->d_inode);
	read(mode, i->i_mode);
	out[3] = mode;
	bpf_probe_read_kernel(name, sizeof(name), __builtin_preserve_access_index(&d->d_iname));
	return 0;
}
