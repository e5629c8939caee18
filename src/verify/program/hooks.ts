// cspell:disable: names as the kernel spells them.
/** LSM hooks, without `bpf_lsm_`, that no program can be attached to, and since when (bpf_lsm_disabled_hooks, kernel/bpf/bpf_lsm.c). */
export const DISABLED_HOOKS: ReadonlyMap<string, string> = new Map(
  [
    ['6.12', 'vm_enough_memory inode_need_killpriv inode_getsecurity inode_listsecurity inode_copy_up_xattr'],
    ['6.12', 'getselfattr getprocattr setprocattr key_getsecurity audit_rule_match ismaclabel'],
    ['7.0', 'file_alloc_security'],
  ].flatMap(([since, names]) => names!.split(' ').map((name) => [name, since!] as const)),
);

/** LSM hooks, without `bpf_lsm_`, whose programs may sleep (sleepable_lsm_hooks). */
export const SLEEPABLE_HOOKS: ReadonlySet<string> = new Set(
  `
  bpf bpf_map bpf_map_create bpf_map_free bpf_prog bpf_prog_load bpf_prog_free bpf_token_create bpf_token_free bpf_token_cmd
  bpf_token_capable bprm_check_security bprm_committed_creds bprm_committing_creds bprm_creds_for_exec bprm_creds_from_file
  capget capset cred_prepare file_ioctl file_lock file_open file_post_open file_receive inode_create inode_free_security
  inode_getattr inode_getxattr inode_mknod inode_need_killpriv inode_post_setxattr inode_readlink inode_rename inode_rmdir
  inode_setattr inode_setxattr inode_symlink inode_unlink kernel_module_request kernel_read_file kernfs_init_security
  path_unlink path_mkdir path_rmdir path_truncate path_symlink path_link path_rename path_chmod path_chown mmap_file
  netlink_send path_notify release_secctx sb_alloc_security sb_eat_lsm_opts sb_kern_mount sb_mount sb_remount sb_set_mnt_opts
  sb_show_options sb_statfs sb_umount settime inet_conn_established socket_accept socket_bind socket_connect socket_create
  socket_getpeername socket_getpeersec_dgram socket_getsockname socket_getsockopt socket_listen socket_post_create
  socket_recvmsg socket_sendmsg socket_shutdown socket_socketpair syslog task_alloc current_getsecid_subj task_getsecid_obj
  task_prctl task_setscheduler task_to_inode userns_create
`
    .trim()
    .split(/\s+/),
);
