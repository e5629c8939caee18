// cspell:disable: names as the kernel spells them.
/**
 * Structures of Linux that tracing programs read most, each with the fields that they read, as the sources of 6.12 have
 * them (include/linux/fs.h, dcache.h, sched.h, binfmts.h, skbuff.h, net/sock.h, blkdev.h, mm_types.h, trace/events/*.h).
 * Programs read them through CO-RE, so neither order nor what is left out matters: the emulator takes them as the object
 * has them. Those that others have inside come first.
 */
const TYPES = `
typedef struct { uid_t val; } kuid_t;
typedef struct { gid_t val; } kgid_t;
typedef u64 sector_t;
typedef unsigned int fmode_t;
typedef unsigned int gfp_t;
typedef u64 ktime_t;
struct qstr { union { struct { u32 hash; u32 len; }; u64 hash_len; }; const unsigned char *name; };
struct path { struct vfsmount *mnt; struct dentry *dentry; };
struct vfsmount { struct dentry *mnt_root; struct super_block *mnt_sb; int mnt_flags; };
struct dentry { unsigned int d_flags; struct dentry *d_parent; struct qstr d_name; struct inode *d_inode; struct super_block *d_sb; };
struct file_system_type { const char *name; };
struct super_block { dev_t s_dev; unsigned long s_flags; unsigned long s_magic; struct dentry *s_root; struct file_system_type *s_type; char s_id[32]; };
struct inode { umode_t i_mode; kuid_t i_uid; kgid_t i_gid; unsigned int i_flags; struct super_block *i_sb; struct address_space *i_mapping; unsigned long i_ino; unsigned int i_nlink; dev_t i_rdev; loff_t i_size; };
struct filename { const char *name; const char *uptr; };
struct file { fmode_t f_mode; struct address_space *f_mapping; void *private_data; struct inode *f_inode; unsigned int f_flags; const struct cred *f_cred; struct path f_path; loff_t f_pos; };
struct address_space { struct inode *host; unsigned long nrpages; };
struct open_how { u64 flags; u64 mode; u64 resolve; };
struct renamedata { struct inode *old_dir; struct dentry *old_dentry; struct inode *new_dir; struct dentry *new_dentry; unsigned int flags; };
struct cred { kuid_t uid; kgid_t gid; kuid_t suid; kgid_t sgid; kuid_t euid; kgid_t egid; };
struct linux_binprm { struct mm_struct *mm; struct file *executable; struct file *file; struct cred *cred; int argc; int envc; const char *filename; const char *interp; };
struct kernel_clone_args { u64 flags; int exit_signal; };
struct kernel_siginfo { int si_signo; int si_errno; int si_code; };
struct mm_struct { unsigned long total_vm; unsigned long start_code; unsigned long end_code; unsigned long start_stack; unsigned long arg_start; unsigned long arg_end; unsigned long env_start; unsigned long env_end; struct task_struct *owner; struct file *exe_file; };
struct vm_area_struct { unsigned long vm_start; unsigned long vm_end; struct mm_struct *vm_mm; unsigned long vm_flags; struct file *vm_file; };
struct in_addr { __be32 s_addr; };
struct in6_addr { union { __u8 u6_addr8[16]; __be16 u6_addr16[8]; __be32 u6_addr32[4]; } in6_u; };
struct sockaddr { unsigned short sa_family; char sa_data[14]; };
struct sockaddr_in { unsigned short sin_family; __be16 sin_port; struct in_addr sin_addr; };
struct sockaddr_in6 { unsigned short sin6_family; __be16 sin6_port; __be32 sin6_flowinfo; struct in6_addr sin6_addr; };
struct sock_common { union { u64 skc_addrpair; struct { __be32 skc_daddr; __be32 skc_rcv_saddr; }; }; union { u32 skc_portpair; struct { __be16 skc_dport; __u16 skc_num; }; }; unsigned short skc_family; volatile unsigned char skc_state; int skc_bound_dev_if; struct in6_addr skc_v6_daddr; struct in6_addr skc_v6_rcv_saddr; };
struct sock { struct sock_common __sk_common; int sk_rcvbuf; int sk_sndbuf; u16 sk_type; u16 sk_protocol; int sk_err; struct socket *sk_socket; };
struct inet_sock { struct sock sk; __be32 inet_saddr; __be16 inet_sport; };
struct socket { short type; unsigned long flags; struct file *file; struct sock *sk; };
struct msghdr { void *msg_name; int msg_namelen; unsigned int msg_flags; };
struct net_device { char name[16]; int ifindex; unsigned int mtu; };
struct sk_buff { struct sock *sk; struct net_device *dev; unsigned int len; unsigned int data_len; __be16 protocol; __u16 transport_header; __u16 network_header; __u16 mac_header; unsigned char *head; unsigned char *data; };
struct gendisk { int major; int first_minor; int minors; char disk_name[32]; };
struct request_queue { struct gendisk *disk; };
struct request { struct request_queue *q; unsigned int cmd_flags; int tag; unsigned int __data_len; sector_t __sector; struct bio *bio; u64 start_time_ns; u64 io_start_time_ns; };
struct bvec_iter { sector_t bi_sector; unsigned int bi_size; };
struct bio { unsigned int bi_opf; unsigned short bi_flags; struct bvec_iter bi_iter; };
struct irqaction { unsigned int irq; unsigned int flags; const char *name; };
struct hrtimer { void *function; };
struct timer_list { unsigned long expires; void *function; u32 flags; };
struct work_struct { void *func; };
struct module { char name[56]; };
struct kmem_cache { unsigned int size; unsigned int object_size; const char *name; };
struct rq { unsigned int nr_running; int cpu; };
struct trace_event_raw_sched_switch { struct trace_entry ent; char prev_comm[16]; pid_t prev_pid; int prev_prio; long prev_state; char next_comm[16]; pid_t next_pid; int next_prio; char __data[0]; };
struct trace_event_raw_sched_wakeup_template { struct trace_entry ent; char comm[16]; pid_t pid; int prio; int target_cpu; char __data[0]; };
struct trace_event_raw_sched_process_template { struct trace_entry ent; char comm[16]; pid_t pid; int prio; char __data[0]; };
struct trace_event_raw_sched_process_exec { struct trace_entry ent; u32 __data_loc_filename; pid_t pid; pid_t old_pid; char __data[0]; };
struct trace_event_raw_sched_process_fork { struct trace_entry ent; char parent_comm[16]; pid_t parent_pid; char child_comm[16]; pid_t child_pid; char __data[0]; };
`;

/** They in C, but for those that the emulated kernel or a lab has itself, by name. */
export const tracedTypesAsC = (others: ReadonlySet<string>): string =>
  TYPES.split('\n')
    .filter((line) => !others.has(/^struct (\w+) \{/.exec(line)?.[1] ?? ''))
    .join('\n')
    .trim();
