// cspell:disable: names as the kernel spells them.
/**
 * Kernel functions that Linux lets programs call by name (its sets of kfuncs, `BTF_KFUNCS_START`), but for those that the emulated
 * kernel provides, which have a row in `src/verify/calls/kfuncs.ts`; by what they begin with.
 */
const NAMES: Readonly<Record<string, string>> = {
  bpf_: `
    arena_alloc_pages arena_free_pages arena_reserve_pages cgroup_acquire cgroup_ancestor cgroup_from_id
    cgroup_read_xattr cgroup_release copy_from_user_dynptr copy_from_user_str copy_from_user_str_dynptr
    copy_from_user_task_dynptr copy_from_user_task_str copy_from_user_task_str_dynptr cpumask_any
    cpumask_any_and crypto_ctx_acquire crypto_ctx_create crypto_ctx_release crypto_decrypt crypto_encrypt
    ct_change_status ct_change_timeout ct_insert_entry ct_release ct_set_nat_info ct_set_status
    ct_set_timeout dynptr_copy dynptr_from_file dynptr_from_skb dynptr_from_skb_meta dynptr_from_xdp
    dynptr_file_discard dynptr_memset fget_task get_dentry_xattr get_file_xattr get_fsverity_digest
    get_kmem_cache get_task_exe_file iter_bits_destroy iter_bits_new iter_bits_next iter_css_destroy
    iter_css_new iter_css_next iter_css_task_destroy iter_css_task_new iter_css_task_next
    iter_dmabuf_destroy iter_dmabuf_new iter_dmabuf_next iter_kmem_cache_destroy iter_kmem_cache_new
    iter_kmem_cache_next iter_scx_dsq_destroy iter_scx_dsq_new iter_scx_dsq_next iter_task_destroy
    iter_task_new iter_task_next iter_task_vma_destroy iter_task_vma_new iter_task_vma_next key_put
    list_back list_front list_pop_back list_pop_front list_push_back_impl list_push_front_impl
    lookup_system_key lookup_user_key map_sum_elem_count obj_drop_impl obj_new_impl path_d_path
    percpu_obj_drop_impl percpu_obj_new_impl probe_read_kernel_dynptr probe_read_kernel_str_dynptr
    probe_read_user_dynptr probe_read_user_str_dynptr put_file rbtree_add_impl rbtree_first rbtree_left
    rbtree_remove rbtree_right rbtree_root refcount_acquire_impl remove_dentry_xattr send_signal_task
    set_dentry_xattr skb_ct_alloc skb_ct_lookup skb_get_fou_encap skb_get_xfrm_info skb_set_fou_encap
    skb_set_xfrm_info sk_assign_tcp_reqsk sock_addr_set_sun_path sock_destroy sock_from_file
    sock_ops_enable_tx_tstamp strcasecmp strcasestr strchr strchrnul strcmp strcspn stream_vprintk
    stream_vprintk_impl strlen strncasestr strnchr strnlen strnstr strrchr strspn strstr task_from_pid
    task_from_vpid task_get_cgroup1 task_under_cgroup task_work_schedule_resume
    task_work_schedule_resume_impl task_work_schedule_signal task_work_schedule_signal_impl throw
    verify_pkcs7_signature wq_init wq_set_callback_impl wq_start xdp_ct_alloc xdp_ct_lookup
    xdp_get_xfrm_state xdp_metadata_rx_hash xdp_metadata_rx_timestamp xdp_metadata_rx_vlan_tag
    xdp_xfrm_state_release
  `,
  scx_bpf_: `
    consume cpu_curr cpu_node cpu_rq cpuperf_cap cpuperf_cur cpuperf_set create_dsq destroy_dsq dispatch
    dispatch_cancel dispatch_nr_slots dispatch_vtime dsq_insert dsq_insert_vtime dsq_move dsq_move_set_slice
    dsq_move_set_vtime dsq_move_to_local dsq_move_vtime dsq_nr_queued dsq_peek dump_bstr error_bstr events
    exit_bstr get_idle_cpumask get_idle_cpumask_node get_idle_smtmask get_idle_smtmask_node
    get_online_cpumask get_possible_cpumask kick_cpu locked_rq now nr_cpu_ids nr_node_ids pick_any_cpu
    pick_any_cpu_node pick_idle_cpu pick_idle_cpu_node put_cpumask put_idle_cpumask reenqueue_local
    select_cpu_and select_cpu_dfl task_cgroup task_cpu task_running task_set_dsq_vtime task_set_slice
    test_and_clear_cpu_idle
  `,
  '': `
    cgroup_rstat_flush css_rstat_flush cgroup_rstat_updated css_rstat_updated crash_kexec
    hid_bpf_allocate_context hid_bpf_get_data hid_bpf_hw_output_report hid_bpf_hw_request
    hid_bpf_input_report hid_bpf_release_context hid_bpf_try_input_report cubictcp_acked cubictcp_cong_avoid
    cubictcp_cwnd_event cubictcp_init cubictcp_recalc_ssthresh cubictcp_state tcp_cong_avoid_ai
    tcp_reno_cong_avoid tcp_reno_ssthresh tcp_reno_undo_cwnd tcp_slow_start
  `,
};

const KNOWN = new Set(
  Object.entries(NAMES).flatMap(([prefix, names]) =>
    (names.match(/\S+/g) ?? []).map((name) => prefix + name),
  ),
);

/** Whether Linux has a kernel function of that name that programs can call, and that is not here. */
export const isOtherKfunc = (name: string): boolean => KNOWN.has(name);
