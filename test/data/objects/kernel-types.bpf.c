/* Fields of the kernel's types that the emulator has, that it lacks, and of types that it knows nothing of. */
#include "bpf.h"

char LICENSE[] SEC("license") = "GPL";

static void *(*const bpf_get_current_task)(void) = (void *)35;
static long (*const bpf_probe_read_kernel)(void *to, __u32 size, const void *from) = (void *)113;
#define exists(field) __builtin_preserve_field_info(field, 2)
#define read(to, from) bpf_probe_read_kernel(&(to), sizeof(to), __builtin_preserve_access_index(&(from)))

struct list_head { struct list_head *next, *prev; };
struct mm_struct { __u64 total_vm; } __core;
struct thread_info { __u64 flags; __u32 cpu; } __core;
struct task_struct {
	struct thread_info thread_info;
	unsigned int __state;
	unsigned int flags;
	int pid, tgid;
	struct task_struct *real_parent, *group_leader;
	char comm[16];
	struct mm_struct *mm;
	struct { __u64 utime; __u64 stime[2]; } times;
	unsigned int in_execve : 1, in_iowait : 1;
} __core;
struct task_struct___old { long state; } __core;

enum whence { SEEK_SET_, SEEK_CUR_, SEEK_END_ = 7 };
typedef struct { int val; } kuid_t;
struct path { void *mnt; void *dentry; };
struct file {
	__u64 f_count;
	unsigned int f_mode : 5, f_kind : 7;
	enum whence f_whence;
	struct path f_path;
	kuid_t f_owner;
	union {
		struct { __u32 low, high; };
		__u64 f_pos;
	};
	int f_tail[];
} __core;
struct file___old { unsigned int f_was; } __core;
struct request___old { void *rq_disk; } __core;
union sigval { int sival_int; void *sival_ptr; } __core;

__u64 out[32];
char comm[16];
/* A struct file, word by word. */
__u64 words[8];

SEC("fentry/work")
int task(void *ctx)
{
	struct task_struct *t = bpf_get_current_task(), *p;
	__u32 word;
	int number;

	read(number, t->pid), out[0] = number;
	read(number, t->tgid), out[1] = number;
	read(comm, t->comm);
	read(p, t->real_parent);
	read(number, p->tgid), out[2] = number;
	read(p, t->group_leader), out[3] = p == t;
	read(word, t->flags), out[4] = word;
	read(word, t->thread_info.cpu), out[5] = word;
	return 0;
}

SEC("fentry/lacks")
int lacks(void *ctx)
{
	struct task_struct *t = bpf_get_current_task();
	struct task_struct___old *o = (void *)t;
	struct request___old *r = (void *)t;

	out[0] = read(out[1], t->mm);
	out[2] = read(out[3], t->times.stime[1]);
	out[4] = exists(t->mm) + 2 * exists(t->in_iowait) + 4 * exists(t->__state);
	out[5] = exists(o->state);
	out[6] = exists(r->rq_disk);
	out[7] = __builtin_preserve_type_info(*r, 0);
	out[8] = __builtin_preserve_field_info(t->mm, 0);
	return 0;
}

SEC("fentry/brings")
int brings(void *ctx)
{
	struct file *f = (void *)words;
	struct file___old *o = (void *)f;

	out[0] = f->f_mode + 32 * f->f_kind;
	out[1] = f->f_whence;
	out[2] = f->high;
	out[3] = f->f_tail[2];
	out[4] = f->f_owner.val;
	out[5] = (__u64)&f->f_path.dentry - (__u64)f;
	out[6] = exists(o->f_was);
	out[7] = __builtin_preserve_type_info(*f, 1);
	out[8] = __builtin_preserve_type_info(*(kuid_t *)0, 0);
	out[9] = __builtin_preserve_enum_value(*(enum whence *)SEEK_END_, 1);
	out[10] = __builtin_preserve_type_info(*(union sigval *)0, 1);
	out[11] = __builtin_preserve_type_info(*(struct file *)0, 2);
	return 0;
}

/* Of a type that is only declared, and that a flavour knows. */
struct holder { struct only_declared *of; } __core;
struct only_declared___new { int before, wanted; } __core;

SEC("fentry/flavour")
int flavour(void *ctx)
{
	struct holder *h = (void *)words;
	struct only_declared___new *o = (void *)&words[1];

	out[0] = h->of != 0;
	out[1] = exists(o->wanted);
	out[2] = o->wanted;
	return 0;
}

SEC("fentry/fails")
int fails(struct request___old *r)
{
	return r->rq_disk != 0;
}
