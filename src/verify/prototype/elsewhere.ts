// cspell:disable: names as the kernel spells them.
/**
 * Helpers that have no row with a prototype, without `bpf_`, by the kinds of programs among which Linux has one for them; to programs of
 * other kinds it says that they cannot use it (net/core/filter.c, kernel/trace/bpf_trace.c, kernel/bpf/bpf_lsm.c, kernel/bpf/syscall.c).
 */
const BTF = 'fentry fexit fmod_ret fsession tp_btf iter lsm syscall';
const TRACING = `${BTF} raw_tp raw_tp.w tp kprobe kprobe.session perf_event`;
const NETWORK = 'tc action socket xdp';

const ROWS: readonly (readonly [kinds: string, names: string])[] = [
  [
    'tc action',
    `skb_get_tunnel_key skb_set_tunnel_key skb_get_tunnel_opt skb_set_tunnel_opt skb_get_xfrm_state skb_cgroup_id
     skb_ancestor_cgroup_id sk_fullsock skb_ecn_set_ce get_listener_sock tcp_sock csum_level skb_cgroup_classid redirect_neigh
     redirect_peer skb_set_tstamp sk_assign`,
  ],
  [
    'tc action xdp',
    `fib_lookup check_mtu sk_lookup_tcp sk_lookup_udp skc_lookup_tcp sk_release tcp_check_syncookie tcp_gen_syncookie
     tcp_raw_gen_syncookie_ipv4 tcp_raw_gen_syncookie_ipv6 tcp_raw_check_syncookie_ipv4 tcp_raw_check_syncookie_ipv6`,
  ],
  ['xdp', 'xdp_adjust_head redirect_map xdp_adjust_meta xdp_adjust_tail xdp_load_bytes xdp_store_bytes'],
  [`xdp ${BTF}`, 'xdp_get_buff_len'],
  ['iter lsm', 'setsockopt getsockopt'],
  [
    'none',
    `sk_redirect_map sock_map_update sock_ops_cb_flags_set msg_redirect_map msg_apply_bytes msg_cork_bytes msg_pull_data bind
     sock_hash_update msg_redirect_hash sk_redirect_hash lwt_push_encap lwt_seg6_store_bytes lwt_seg6_adjust_srh lwt_seg6_action
     rc_repeat rc_keydown get_local_storage sk_select_reuseport msg_push_data msg_pop_data rc_pointer_rel sysctl_get_name
     sysctl_get_current_value sysctl_get_new_value sysctl_set_new_value tcp_send_ack sk_cgroup_id sk_ancestor_cgroup_id
     load_hdr_opt store_hdr_opt reserve_hdr_opt`,
  ],
  [
    'lsm',
    'get_retval set_retval inode_storage_get inode_storage_delete bprm_opts_set ima_inode_hash ima_file_hash',
  ],
  ['syscall', 'sys_bpf btf_find_by_name_kind sys_close kallsyms_lookup_name'],
  ['perf_event', 'perf_prog_read_value read_branch_records'],
  [TRACING, 'perf_event_read_value get_branch_snapshot find_vma'],
  [BTF, 'skb_output xdp_output seq_printf_btf sock_from_file'],
  [`tc action ${BTF}`, 'sk_storage_get sk_storage_delete get_netns_cookie'],
  [`tc action socket ${BTF}`, 'get_socket_cookie'],
  [
    `${NETWORK} ${BTF}`,
    `skc_to_tcp6_sock skc_to_tcp_sock skc_to_tcp_timewait_sock skc_to_tcp_request_sock skc_to_udp6_sock skc_to_unix_sock
     skc_to_mptcp_sock`,
  ],
];

const words = (text: string): string[] => text.trim().split(/\s+/);

/** By name, the kinds of programs that have a helper of which no prototype is known here. */
const KINDS_BY_NAME: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  ROWS.flatMap(([kinds, names]) =>
    words(names).map((name) => [`bpf_${name}`, new Set(words(kinds))] as const),
  ),
);
/** Kinds of programs of which it is said above what they have. */
const SAID: ReadonlySet<string> = new Set(words(`${TRACING} ${NETWORK}`));

/** Whether programs of a kind have no helper of that name, which is one that has no row; undefined if that cannot be said. */
export function isElsewhere(name: string, kind: string): boolean | undefined {
  const kinds = KINDS_BY_NAME.get(name);
  return kinds === undefined || !SAID.has(kind) ? undefined : !kinds.has(kind);
}
