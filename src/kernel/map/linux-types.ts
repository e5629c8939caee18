import { type LinuxMapType, MAP_TYPES_OF_LINUX } from '../../verify/map-types.js';

/** What types of an object that the emulator does not have need and is not emulated. */
const NEEDS: Partial<Readonly<Record<LinuxMapType, string>>> = {
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
export const linuxMapTypes = (): readonly string[] => MAP_TYPES_OF_LINUX;

/** What Linux calls a type, and why the emulator lacks it where there is more to say than that it does. */
export function linuxMapType(number: number): { readonly name: string; readonly needs?: string } | undefined {
  const name = MAP_TYPES_OF_LINUX[number];
  if (name === undefined) return undefined;
  const needs = NEEDS[name];
  return { name, ...(needs !== undefined && { needs }) };
}
