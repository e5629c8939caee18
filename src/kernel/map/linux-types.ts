/**
 * Linux's map types by number (include/uapi/linux/bpf.h, `enum bpf_map_type`), for those of an object that the emulator
 * does not have: with what they need that is not emulated.
 */
const NAMES: readonly string[] = `
  unspec hash array prog_array perf_event_array percpu_hash percpu_array stack_trace cgroup_array lru_hash
  lru_percpu_hash lpm_trie array_of_maps hash_of_maps devmap sockmap cpumap xskmap sockhash cgroup_storage
  reuseport_sockarray percpu_cgroup_storage queue stack sk_storage devmap_hash struct_ops ringbuf inode_storage
  task_storage bloom_filter user_ringbuf cgrp_storage arena insn_array
`
  .trim()
  .split(/\s+/);

const NEEDS: Readonly<Record<string, string>> = {
  sk_storage: 'it keeps values with sockets, and there are none',
  inode_storage: 'it keeps values with inodes, and there are none',
  cgrp_storage: 'it keeps values with cgroups, and there are none',
  cgroup_storage: 'it keeps values with cgroups, and there are none',
  percpu_cgroup_storage: 'it keeps values with cgroups, and there are none',
  devmap: 'it holds network devices, and there are none',
  devmap_hash: 'it holds network devices, and there are none',
  sockmap: 'it holds sockets, and there are none',
  sockhash: 'it holds sockets, and there are none',
  reuseport_sockarray: 'it holds sockets, and there are none',
  xskmap: 'it holds sockets, and there are none',
  cpumap: 'it sends packets to CPUs, and there are none',
  struct_ops: 'it holds operations of a kernel subsystem, and none is emulated',
};

/** Names of all of Linux's types, by number. */
export const linuxMapTypes = (): readonly string[] => NAMES;

/** What Linux calls a type, and why the emulator lacks it where there is more to say than that it does. */
export function linuxMapType(number: number): { readonly name: string; readonly needs?: string } | undefined {
  const name = NAMES[number];
  if (name === undefined) return undefined;
  const needs = NEEDS[name];
  return { name, ...(needs !== undefined && { needs }) };
}
