// cspell:disable: names as the kernel spells them.
/**
 * Prototypes of functions and tracepoints of Linux that people trace most, as they are in the sources of 6.12 unless a
 * comment says otherwise. Of a function that is here only because an object traces it, it is known how many arguments it
 * takes, so that it is known where fexit finds what it returns. Compared with headers of 6.1 to 6.9 (fs.h, tcp.h,
 * lsm_hook_defs.h): vfs_read, vfs_write, vfs_readv, vfs_writev, vfs_fsync and vfs_fsync_range, do_sys_open, filp_close, nine of TCP, all of bpf_lsm,
 * those of security and capabilities but security_mmap_file, 42 in all; they agree. Of tracepoints those of sched with 7.x, where
 * sched_process_exit takes group_dead as well since 6.16. The others are from knowledge of 6.12.
 */
const FUNCTIONS = `
  int do_unlinkat(int dfd, struct filename *name)
  int do_rmdir(int dfd, struct filename *name)
  long do_sys_open(int dfd, const char *filename, int flags, umode_t mode)
  long do_sys_openat2(int dfd, const char *filename, struct open_how *how)
  struct file *do_filp_open(int dfd, struct filename *pathname, const struct open_flags *op)
  int vfs_open(const struct path *path, struct file *file)
  ssize_t vfs_read(struct file *file, char *buf, size_t count, loff_t *pos)
  ssize_t vfs_write(struct file *file, const char *buf, size_t count, loff_t *pos)
  ssize_t vfs_readv(struct file *file, const struct iovec *vec, unsigned long vlen, loff_t *pos, rwf_t flags)
  ssize_t vfs_writev(struct file *file, const struct iovec *vec, unsigned long vlen, loff_t *pos, rwf_t flags)
  int vfs_fsync(struct file *file, int datasync)
  int vfs_fsync_range(struct file *file, loff_t start, loff_t end, int datasync)
  int vfs_create(struct mnt_idmap *idmap, struct inode *dir, struct dentry *dentry, umode_t mode, bool want_excl)
  int vfs_mkdir(struct mnt_idmap *idmap, struct inode *dir, struct dentry *dentry, umode_t mode)
  int vfs_rmdir(struct mnt_idmap *idmap, struct inode *dir, struct dentry *dentry)
  int vfs_unlink(struct mnt_idmap *idmap, struct inode *dir, struct dentry *dentry, struct inode **delegated)
  int vfs_rename(struct renamedata *rd)
  int vfs_statx(int dfd, struct filename *filename, int flags, struct kstat *stat, u32 mask)
  int filp_close(struct file *filp, fl_owner_t id)
  void fput(struct file *file)
  void __fput(struct file *file)
  int path_mount(const char *dev, struct path *path, const char *type, unsigned long flags, void *data)
  int security_file_open(struct file *file)
  int security_file_permission(struct file *file, int mask)
  int security_inode_create(struct inode *dir, struct dentry *dentry, umode_t mode)
  int security_inode_unlink(struct inode *dir, struct dentry *dentry)
  int security_bprm_check(struct linux_binprm *bprm)
  int security_socket_connect(struct socket *sock, struct sockaddr *address, int addrlen)
  int security_socket_bind(struct socket *sock, struct sockaddr *address, int addrlen)
  int security_mmap_file(struct file *file, unsigned long prot, unsigned long flags)
  int cap_capable(const struct cred *cred, struct user_namespace *ns, int cap, unsigned int opts)
  int begin_new_exec(struct linux_binprm *bprm)
  pid_t kernel_clone(struct kernel_clone_args *args)
  void wake_up_new_task(struct task_struct *p)
  int wake_up_process(struct task_struct *p)
  int try_to_wake_up(struct task_struct *p, unsigned int state, int wake_flags)
  void do_exit(long code)
  void do_group_exit(int exit_code)
  void acct_collect(long exitcode, int group_dead)
  struct rq *finish_task_switch(struct task_struct *prev)
  void account_idle_ticks(unsigned long ticks)
  int do_nanosleep(struct hrtimer_sleeper *t, enum hrtimer_mode mode)
  long hrtimer_nanosleep(ktime_t rqtp, enum hrtimer_mode mode, clockid_t clockid)
  void hrtimer_start_range_ns(struct hrtimer *timer, ktime_t tim, u64 delta, enum hrtimer_mode mode)
  long do_futex(u32 *uaddr, int op, u32 val, ktime_t *timeout, u32 *uaddr2, u32 val2, u32 val3)
  int do_send_sig_info(int sig, struct kernel_siginfo *info, struct task_struct *p, enum pid_type type)
  int do_init_module(struct module *mod)
  void mutex_lock(struct mutex *lock)
  int mutex_lock_interruptible(struct mutex *lock)
  int mutex_lock_killable(struct mutex *lock)
  int mutex_trylock(struct mutex *lock)
  void mutex_unlock(struct mutex *lock)
  void down_read(struct rw_semaphore *sem)
  void down_write(struct rw_semaphore *sem)
  void up_read(struct rw_semaphore *sem)
  void up_write(struct rw_semaphore *sem)
  vm_fault_t handle_mm_fault(struct vm_area_struct *vma, unsigned long address, unsigned int flags, struct pt_regs *regs)
  void oom_kill_process(struct oom_control *oc, const char *message)
  void *__kmalloc_noprof(size_t size, gfp_t flags)
  void kfree(const void *object)
  void *kmem_cache_alloc_noprof(struct kmem_cache *cachep, gfp_t flags)
  void kmem_cache_free(struct kmem_cache *s, void *x)
  int filemap_add_folio(struct address_space *mapping, struct folio *folio, pgoff_t index, gfp_t gfp)
  void folio_account_dirtied(struct folio *folio, struct address_space *mapping)
  void folio_mark_accessed(struct folio *folio)
  void mark_page_accessed(struct page *page)
  void mark_buffer_dirty(struct buffer_head *bh)
  void do_page_cache_ra(struct readahead_control *ractl, unsigned long nr, unsigned long lookahead)
  void page_cache_ra_unbounded(struct readahead_control *ractl, unsigned long nr, unsigned long lookahead)
  void blk_account_io_start(struct request *req)
  void blk_account_io_done(struct request *req, u64 now)
  void __blk_account_io_start(struct request *req)
  void __blk_account_io_done(struct request *req, u64 now)
  void blk_mq_start_request(struct request *rq)
  void submit_bio(struct bio *bio)
  ssize_t ext4_file_read_iter(struct kiocb *iocb, struct iov_iter *to)
  ssize_t ext4_file_write_iter(struct kiocb *iocb, struct iov_iter *from)
  int ext4_file_open(struct inode *inode, struct file *filp)
  int ext4_sync_file(struct file *file, loff_t start, loff_t end, int datasync)
  ssize_t xfs_file_read_iter(struct kiocb *iocb, struct iov_iter *to)
  ssize_t xfs_file_write_iter(struct kiocb *iocb, struct iov_iter *from)
  ssize_t btrfs_file_read_iter(struct kiocb *iocb, struct iov_iter *to)
  ssize_t btrfs_file_write_iter(struct kiocb *iocb, struct iov_iter *from)
  ssize_t generic_file_read_iter(struct kiocb *iocb, struct iov_iter *to)
  int tcp_v4_connect(struct sock *sk, struct sockaddr *uaddr, int addrlen)
  int tcp_v6_connect(struct sock *sk, struct sockaddr *uaddr, int addrlen)
  int tcp_connect(struct sock *sk)
  void tcp_close(struct sock *sk, long timeout)
  void tcp_set_state(struct sock *sk, int state)
  int tcp_sendmsg(struct sock *sk, struct msghdr *msg, size_t size)
  int tcp_recvmsg(struct sock *sk, struct msghdr *msg, size_t len, int flags, int *addrlen)
  void tcp_cleanup_rbuf(struct sock *sk, int copied)
  void tcp_rcv_established(struct sock *sk, struct sk_buff *skb)
  int tcp_rcv_state_process(struct sock *sk, struct sk_buff *skb)
  int tcp_v4_rcv(struct sk_buff *skb)
  int tcp_v4_do_rcv(struct sock *sk, struct sk_buff *skb)
  int tcp_v6_do_rcv(struct sock *sk, struct sk_buff *skb)
  int tcp_retransmit_skb(struct sock *sk, struct sk_buff *skb, int segs)
  void tcp_finish_connect(struct sock *sk, struct sk_buff *skb)
  void tcp_v4_destroy_sock(struct sock *sk)
  struct sock *inet_csk_accept(struct sock *sk, struct proto_accept_arg *arg)
  int inet_listen(struct socket *sock, int backlog)
  int inet_bind(struct socket *sock, struct sockaddr *uaddr, int addrlen)
  int inet6_bind(struct socket *sock, struct sockaddr *uaddr, int addrlen)
  int udp_sendmsg(struct sock *sk, struct msghdr *msg, size_t len)
  int udpv6_sendmsg(struct sock *sk, struct msghdr *msg, size_t len)
  int udp_recvmsg(struct sock *sk, struct msghdr *msg, size_t len, int flags, int *addrlen)
  int udp_rcv(struct sk_buff *skb)
  int ip_rcv(struct sk_buff *skb, struct net_device *dev, struct packet_type *pt, struct net_device *orig)
  int ip_output(struct net *net, struct sock *sk, struct sk_buff *skb)
  int ip_local_out(struct net *net, struct sock *sk, struct sk_buff *skb)
  int __dev_queue_xmit(struct sk_buff *skb, struct net_device *dev)
  int netif_receive_skb(struct sk_buff *skb)
  void consume_skb(struct sk_buff *skb)
  void kfree_skb(struct sk_buff *skb)
  void __kfree_skb(struct sk_buff *skb)
  int sock_sendmsg(struct socket *sock, struct msghdr *msg)
  int sock_recvmsg(struct socket *sock, struct msghdr *msg, int flags)
  int bpf_lsm_file_open(struct file *file)
  int bpf_lsm_file_permission(struct file *file, int mask)
  int bpf_lsm_file_mprotect(struct vm_area_struct *vma, unsigned long reqprot, unsigned long prot)
  int bpf_lsm_mmap_file(struct file *file, unsigned long reqprot, unsigned long prot, unsigned long flags)
  int bpf_lsm_bprm_check_security(struct linux_binprm *bprm)
  void bpf_lsm_bprm_committed_creds(const struct linux_binprm *bprm)
  int bpf_lsm_path_unlink(const struct path *dir, struct dentry *dentry)
  int bpf_lsm_inode_unlink(struct inode *dir, struct dentry *dentry)
  int bpf_lsm_inode_create(struct inode *dir, struct dentry *dentry, umode_t mode)
  int bpf_lsm_inode_permission(struct inode *inode, int mask)
  int bpf_lsm_task_alloc(struct task_struct *task, unsigned long flags)
  int bpf_lsm_task_kill(struct task_struct *p, struct kernel_siginfo *info, int sig, const struct cred *cred)
  int bpf_lsm_ptrace_access_check(struct task_struct *child, unsigned int mode)
  int bpf_lsm_capable(const struct cred *cred, struct user_namespace *ns, int cap, unsigned int opts)
  int bpf_lsm_socket_create(int family, int type, int protocol, int kern)
  int bpf_lsm_socket_bind(struct socket *sock, struct sockaddr *address, int addrlen)
  int bpf_lsm_socket_connect(struct socket *sock, struct sockaddr *address, int addrlen)
  int bpf_lsm_bpf(int cmd, union bpf_attr *attr, unsigned int size)
`;

/** Arguments of tracepoints as programs of kind `tp_btf` and `raw_tp` get them (TP_PROTO in include/trace/events). */
const TRACEPOINTS = `
  void sched_switch(bool preempt, struct task_struct *prev, struct task_struct *next, unsigned int prev_state)
  void sched_wakeup(struct task_struct *p)
  void sched_wakeup_new(struct task_struct *p)
  void sched_waking(struct task_struct *p)
  void sched_process_exec(struct task_struct *p, pid_t old_pid, struct linux_binprm *bprm)
  void sched_process_exit(struct task_struct *p)
  void sched_process_fork(struct task_struct *parent, struct task_struct *child)
  void sched_process_free(struct task_struct *p)
  void sched_migrate_task(struct task_struct *p, int dest_cpu)
  void sched_stat_runtime(struct task_struct *tsk, u64 runtime)
  void sched_stat_wait(struct task_struct *tsk, u64 delay)
  void sched_stat_blocked(struct task_struct *tsk, u64 delay)
  void sched_pi_setprio(struct task_struct *tsk, struct task_struct *pi_task)
  void sys_enter(struct pt_regs *regs, long id)
  void sys_exit(struct pt_regs *regs, long ret)
  void task_newtask(struct task_struct *task, unsigned long clone_flags)
  void task_rename(struct task_struct *task, const char *comm)
  void signal_generate(int sig, struct kernel_siginfo *info, struct task_struct *task, int group, int result)
  void signal_deliver(int sig, struct kernel_siginfo *info, struct k_sigaction *ka)
  void block_rq_insert(struct request *rq)
  void block_rq_issue(struct request *rq)
  void block_rq_complete(struct request *rq, blk_status_t error, unsigned int nr_bytes)
  void block_io_start(struct request *rq)
  void block_io_done(struct request *rq)
  void softirq_entry(unsigned int vec_nr)
  void softirq_exit(unsigned int vec_nr)
  void softirq_raise(unsigned int vec_nr)
  void irq_handler_entry(int irq, struct irqaction *action)
  void irq_handler_exit(int irq, struct irqaction *action, int ret)
  void cpu_frequency(unsigned int frequency, unsigned int cpu_id)
  void cpu_idle(unsigned int state, unsigned int cpu_id)
  void timer_expire_entry(struct timer_list *timer, unsigned long baseclk)
  void hrtimer_start(struct hrtimer *hrtimer, enum hrtimer_mode mode)
  void hrtimer_expire_entry(struct hrtimer *hrtimer, ktime_t *now)
  void kmalloc(unsigned long call_site, const void *ptr, size_t bytes_req, size_t bytes_alloc, gfp_t flags, int node)
  void kfree(unsigned long call_site, const void *ptr)
  void kmem_cache_alloc(unsigned long call_site, const void *ptr, struct kmem_cache *s, gfp_t flags, int node)
  void kmem_cache_free(unsigned long call_site, const void *ptr, const struct kmem_cache *s)
  void mm_page_alloc(struct page *page, unsigned int order, gfp_t flags, int migratetype)
  void mm_page_free(struct page *page, unsigned int order)
  void page_fault_user(unsigned long address, struct pt_regs *regs, unsigned long error_code)
  void page_fault_kernel(unsigned long address, struct pt_regs *regs, unsigned long error_code)
  void mm_vmscan_direct_reclaim_begin(int order, gfp_t flags)
  void mm_vmscan_direct_reclaim_end(unsigned long reclaimed)
  void contention_begin(void *lock, unsigned int flags)
  void contention_end(void *lock, int ret)
  void workqueue_queue_work(int req_cpu, struct pool_workqueue *pwq, struct work_struct *work)
  void workqueue_execute_start(struct work_struct *work)
  void workqueue_execute_end(struct work_struct *work, work_func_t function)
  void kfree_skb(struct sk_buff *skb, void *location, enum skb_drop_reason reason, struct sock *rx_sk)
  void consume_skb(struct sk_buff *skb, void *location)
  void netif_receive_skb(struct sk_buff *skb)
  void netif_rx(struct sk_buff *skb)
  void net_dev_queue(struct sk_buff *skb)
  void net_dev_start_xmit(const struct sk_buff *skb, const struct net_device *dev)
  void net_dev_xmit(struct sk_buff *skb, int rc, struct net_device *dev, unsigned int len)
  void napi_poll(struct napi_struct *napi, int work, int budget)
  void tcp_probe(struct sock *sk, struct sk_buff *skb)
  void tcp_retransmit_skb(const struct sock *sk, const struct sk_buff *skb)
  void tcp_receive_reset(struct sock *sk)
  void tcp_destroy_sock(struct sock *sk)
  void tcp_rcv_space_adjust(struct sock *sk)
  void inet_sock_set_state(const struct sock *sk, int oldstate, int newstate)
  void module_load(struct module *mod)
  void module_free(struct module *mod)
  void cgroup_attach_task(struct cgroup *dst, const char *path, struct task_struct *task, bool threadgroup)
  void bpf_trace_printk(const char *bpf_string)
`;

/** Structures that these are handed, so that C can name them. */
export const wellKnownStructures = (): readonly string[] => [
  ...new Set([...`${FUNCTIONS}${TRACEPOINTS}`.matchAll(/struct (\w+)/g)].map((m) => m[1]!)),
];

/** A system call's entry, which is handed its arguments in registers that were saved (arch/…/include/asm/syscall_wrapper.h). */
const SYSCALL = /^__(?:x64|arm64|ia32|arm64_compat)_(?:compat_)?sys_\w+$/;

const byName = (text: string): ReadonlyMap<string, string> =>
  new Map(
    text
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '')
      .map((line) => [/(\w+)\(/.exec(line)![1]!, line]),
  );

let functions: ReadonlyMap<string, string> | undefined;
let tracepoints: ReadonlyMap<string, string> | undefined;

/** The prototype of a function of Linux, in C; undefined if it is not among those that are traced most. */
export function wellKnownFunction(name: string): string | undefined {
  if (SYSCALL.test(name)) return `long ${name}(const struct pt_regs *regs)`;
  functions ??= byName(FUNCTIONS);
  return functions.get(name);
}

/** Names of the functions that are traced most, but for those of system calls. */
export function wellKnownFunctions(): readonly string[] {
  functions ??= byName(FUNCTIONS);
  return [...functions.keys()];
}

/** Names of the tracepoints that are traced most. */
export function wellKnownTracepoints(): readonly string[] {
  tracepoints ??= byName(TRACEPOINTS);
  return [...tracepoints.keys()];
}

/** The same of a tracepoint. */
export function wellKnownTracepoint(name: string): string | undefined {
  tracepoints ??= byName(TRACEPOINTS);
  return tracepoints.get(name);
}
