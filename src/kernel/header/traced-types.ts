// cspell:disable: names as the kernel spells them.
/**
 * Structures of Linux that tracing programs read most, each with the fields that they read. That a kernel 6.12 has each of these
 * was compared with its BTF (Debian's 6.12.117 for amd64).
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
struct gendisk { int major; int first_minor; int minors; char disk_name[32]; struct block_device *part0; };
struct block_device { struct gendisk *bd_disk; dev_t bd_dev; sector_t bd_start_sect; };
struct request_queue { struct gendisk *disk; };
struct request { struct request_queue *q; unsigned int cmd_flags; unsigned int rq_flags; int tag; struct block_device *part; unsigned int __data_len; sector_t __sector; struct bio *bio; u64 start_time_ns; u64 io_start_time_ns; };
struct bvec_iter { sector_t bi_sector; unsigned int bi_size; };
struct bio { struct bio *bi_next; struct block_device *bi_bdev; unsigned int bi_opf; unsigned short bi_flags; struct bvec_iter bi_iter; };
struct irqaction { unsigned int irq; unsigned int flags; const char *name; };
struct hrtimer { void *function; };
struct timer_list { unsigned long expires; void *function; u32 flags; };
struct work_struct { void *func; };
struct module { char name[56]; };
struct kmem_cache { unsigned int size; unsigned int object_size; const char *name; };
struct rq { unsigned int nr_running; int cpu; };
struct fs_struct { int users; int umask; struct path root; struct path pwd; };
struct fdtable { unsigned int max_fds; struct file **fd; };
struct files_struct { struct fdtable *fdt; };
struct ns_common { unsigned int inum; };
struct pid_namespace { unsigned int level; struct pid_namespace *parent; struct ns_common ns; };
struct mnt_namespace { struct ns_common ns; };
struct net { struct ns_common ns; };
struct nsproxy { struct mnt_namespace *mnt_ns; struct pid_namespace *pid_ns_for_children; struct net *net_ns; };
struct upid { int nr; struct pid_namespace *ns; };
struct pid { unsigned int level; struct upid numbers[]; };
struct signal_struct { int nr_threads; int group_exit_code; struct pid *pids[4]; };
struct kernfs_node { struct kernfs_node *parent; const char *name; u64 id; };
struct cgroup { struct kernfs_node *kn; int level; };
struct css_set { struct cgroup *dfl_cgrp; };
struct mount { struct mount *mnt_parent; struct dentry *mnt_mountpoint; struct vfsmount mnt; struct mnt_namespace *mnt_ns; int mnt_id; };
struct sched_entity { u64 exec_start; u64 sum_exec_runtime; u64 vruntime; u64 nr_migrations; struct cfs_rq *cfs_rq; };
struct cfs_rq { unsigned int nr_running; struct rq *rq; };
struct kiocb { struct file *ki_filp; loff_t ki_pos; int ki_flags; };
struct iov_iter { u8 iter_type; size_t iov_offset; size_t count; unsigned long nr_segs; };
struct oom_control { gfp_t gfp_mask; int order; unsigned long totalpages; struct task_struct *chosen; long chosen_points; };
struct page { unsigned long flags; struct address_space *mapping; };
struct folio { unsigned long flags; struct address_space *mapping; unsigned long index; };
struct inet_connection_sock { struct inet_sock icsk_inet; u32 icsk_rto; };
struct tcp_sock { struct inet_connection_sock inet_conn; u32 srtt_us; u32 mdev_us; u32 snd_cwnd; u32 snd_ssthresh; u32 rcv_nxt; u32 snd_nxt; u32 snd_una; u32 total_retrans; u64 bytes_received; u64 bytes_acked; u64 bytes_sent; u32 segs_in; u32 segs_out; u32 packets_out; u32 lost_out; u32 retrans_out; };
struct iphdr { __u8 ihl : 4; __u8 version : 4; __u8 tos; __be16 tot_len; __be16 id; __be16 frag_off; __u8 ttl; __u8 protocol; __u16 check; __be32 saddr; __be32 daddr; };
struct ipv6hdr { __be16 payload_len; __u8 nexthdr; __u8 hop_limit; struct in6_addr saddr; struct in6_addr daddr; };
struct tcphdr { __be16 source; __be16 dest; __be32 seq; __be32 ack_seq; __be16 window; __u16 check; __be16 urg_ptr; };
struct udphdr { __be16 source; __be16 dest; __be16 len; __u16 check; };
struct ethhdr { unsigned char h_dest[6]; unsigned char h_source[6]; __be16 h_proto; };
`;

/** Fields of `struct task_struct` that the emulated kernel does not have: of an object that reads them they are 0. */
export const MORE_OF_TASKS = `
unsigned int __state; void *stack; int on_cpu; int prio; int static_prio; int normal_prio; unsigned int rt_priority; struct sched_entity se;
unsigned int policy; int nr_cpus_allowed; struct mm_struct *mm; struct mm_struct *active_mm; int exit_state; int exit_code; int exit_signal;
u64 utime; u64 stime; u64 gtime; unsigned long nvcsw; unsigned long nivcsw; u64 start_time; u64 start_boottime; unsigned long min_flt;
unsigned long maj_flt; const struct cred *real_cred; const struct cred *cred; struct fs_struct *fs; struct files_struct *files;
struct nsproxy *nsproxy; struct signal_struct *signal; struct sighand_struct *sighand; struct css_set *cgroups; struct pid *thread_pid;
int recent_used_cpu; int wake_cpu; u64 parent_exec_id; u32 self_exec_id; unsigned int sessionid; u64 acct_timexpd;
`.trim();

/** They in C, but for those that the emulated kernel or a lab has itself, by name. */
export const tracedTypesAsC = (others: ReadonlySet<string>): string =>
  TYPES.split('\n')
    .filter((line) => !others.has(/^struct (\w+) \{/.exec(line)?.[1] ?? ''))
    .join('\n')
    .trim();
