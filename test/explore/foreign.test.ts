import { describe, expect, test } from 'vitest';
import { InputError } from '../../src/text/diagnostic.js';
import { searched } from '../support/explore.js';

/** What a helper can be pointed at; r9 is an address on another task's stack. */
const HELPERS: Readonly<Record<string, string>> = {
  'a read by a probe': 'r1 = r10\nr1 += -8\nr2 = 8\nr3 = r9\ncall bpf_probe_read_kernel',
  'a read that fails if it comes late': 'r1 = y ll\nr2 = 8\nr3 = r9\ncall bpf_probe_read_kernel',
  'what a probe writes': 'r1 = r9\nr2 = 8\nr3 = y ll\ncall bpf_probe_read_kernel',
  'what a probe of user memory writes': 'r1 = r9\nr2 = 8\nr3 = 0\ncall bpf_probe_read_user',
  'what a copy from user memory writes': 'r1 = r9\nr2 = 8\nr3 = 0\ncall bpf_copy_from_user',
  'the key of a lookup': 'r1 = h ll\nr2 = r9\ncall bpf_map_lookup_elem',
  'the key of a lookup in an array': 'r1 = m ll\nr2 = r9\ncall bpf_map_lookup_elem',
  'the key of a delete': 'r1 = h ll\nr2 = r9\ncall bpf_map_delete_elem',
  'the key of an update': 'r1 = h ll\nr2 = r9\nr3 = y ll\nr4 = 0\ncall bpf_map_update_elem',
  'the value of an update': 'r1 = h ll\nr2 = y ll\nr3 = r9\nr4 = 0\ncall bpf_map_update_elem',
  'the value of an update of an array': 'r1 = m ll\nr2 = y ll\nr3 = r9\nr4 = 0\ncall bpf_map_update_elem',
  'the value of an update of a per-CPU map':
    'r1 = p ll\nr2 = y ll\nr3 = r9\nr4 = 0\ncall bpf_map_update_elem',
  'the value of an update that evicts': 'r1 = l ll\nr2 = y ll\nr3 = r9\nr4 = 0\ncall bpf_map_update_elem',
  'what goes into a ring': 'r1 = rb ll\nr2 = r9\nr3 = 8\nr4 = 0\ncall bpf_ringbuf_output',
  'a record that is not one': 'r1 = r9\nr2 = 0\ncall bpf_ringbuf_submit',
  'a format': 'r1 = r9\nr2 = 8\nr3 = 0\nr4 = 0\ncall bpf_trace_printk',
  'a string that is printed': 'r1 = s ll\nr2 = 3\nr3 = r9\nr4 = 0\ncall bpf_trace_printk',
  'a timer': 'r1 = r9\ncall bpf_timer_cancel',
};
/** The same by an instruction. */
const INSTRUCTIONS: Readonly<Record<string, string>> = {
  'a load': 'r1 = *(u64 *)(r9 + 0)',
  'a store': '*(u64 *)(r9 + 0) = r9',
  'an add': 'r1 = 1\nlock *(u64 *)(r9 + 0) += r1',
  'an acquire': 'r1 = load_acquire((u64 *)(r9 + 0))',
};

const MAPS = `map h : hash { key 4, value 8, max_entries 2 }
map m : array { key 4, value 8, max_entries 2 }
map p : percpu_hash { key 4, value 8, max_entries 2 }
map l : lru_hash { key 4, value 8, max_entries 1 }
map rb : ringbuf { max_entries 4096 }
global s : u32 = 0x7325
global f : u64
global y : u64`;

/** A says for a moment where its stack is, and B does something with it. */
const labOf = (body: string): string => `${MAPS}
function shows(u64 v) {
    *(u64 *)(r10 - 8) = 1
    r1 = f ll
    r2 = r10
    r2 += -8
    *(u64 *)(r1 + 0) = r2
    r2 = 0
    *(u64 *)(r1 + 0) = r2
    r0 = 0
    exit
}
function uses(u64 v) {
    r1 = f ll
    r9 = *(u64 *)(r1 + 0)
    if r9 == 0 goto out
    ${body.replaceAll('\n', '\n    ')}
out:
    r0 = 0
    exit
}
scenario {
    task A cpu 0 { call shows(1) }
    task B cpu 0 { call uses(1) }
}`;

/** The diagnostics that a search ends with. */
function refusal(text: string, reduces: boolean): InputError {
  try {
    searched(text, 'arm64-7.3', reduces);
  } catch (e) {
    if (e instanceof InputError) return e;
    throw e;
  }
  throw new Error('it was explored');
}

describe.each([true, false])('with reduction: %s', (reduces) => {
  test.each(Object.entries({ ...HELPERS, ...INSTRUCTIONS }))('on another’s stack: %s', (_, body) => {
    const [refused] = refusal(labOf(body), reduces).diagnostics;
    expect(refused?.code).toBe('B0411');
    expect(refused?.message).toMatch(/^B reaches into the stack/);
    // A helper that is BPF itself is at fault by an instruction of its own.
    const { source, start, end } = refused!.span!;
    if (source.name === 'test.bpf') expect(body.split('\n')).toContain(source.text.slice(start, end));
    else expect(source.name).toMatch(/^programs\/kernel\//);
  });
});
