import fc from 'fast-check';

/** A lab to explore, and the kernel it is explored on. */
export interface RandomLab {
  readonly text: string;
  readonly kernel: string;
}

const PREEMPTIBLE = 'arm64-7.3-preempt-rcu';
const KERNELS = ['arm64-7.3', 'amd64-7.3', 'arm64-7.3-rt'];

/** Accesses to a variable; what they read goes into r7, which is written somewhere later. */
const access = fc.constantFrom('x', 'y').chain((v) =>
  fc.constantFrom(
    `    r1 = ${v} ll\n    r2 = *(u64 *)(r1 + 0)\n    r2 += 1\n    *(u64 *)(r1 + 0) = r2`,
    `    r1 = ${v} ll\n    r2 = 1\n    lock *(u64 *)(r1 + 0) += r2`,
    `    r1 = ${v} ll\n    r7 = *(u64 *)(r1 + 0)`,
    `    r1 = ${v} ll\n    *(u64 *)(r1 + 0) = r7`,
    `    r1 = ${v} ll\n    r2 = 1\n    r2 = atomic_fetch_add((u64 *)(r1 + 0), r2)\n    r7 += r2`,
    `    r1 = ${v} ll\n    *(u8 *)(r1 + 1) = r7`,
    `    r1 = ${v} ll\n    r2 = 2\n    lock *(u64 *)(r1 + 0) |= r2`,
    `    r1 = ${v} ll\n    r7 = xchg_64(r1 + 0, r7)`,
    `    r1 = ${v} ll\n    r0 = 0\n    r2 = 3\n    r0 = cmpxchg_64(r1 + 0, r0, r2)\n    r7 = r0`,
    `    r1 = ${v} ll\n    r7 = load_acquire((u64 *)(r1 + 0))`,
    `    r1 = ${v} ll\n    store_release((u64 *)(r1 + 0), r7)`,
    // Adds pile up, and are read where nothing else has told of them.
    `    r1 = ${v} ll\n    r2 = 1\n    lock *(u64 *)(r1 + 0) += r2\n    r7 = *(u64 *)(r1 + 0)`,
  ),
);

/** Sections, where A is what is inside; what the kernel keeps of the task; what leaves are pointed at. */
const other = fc.constantFrom(
  '    call preempt_disable\nA    call preempt_enable',
  '    call local_irq_save\n    r8 = r0\nA    r1 = r8\n    call local_irq_restore',
  '    call local_bh_disable\nA    call local_bh_enable',
  '    call bpf_get_current_pid_tgid\n    r0 &= 1\n    r7 += r0',
  '    call preempt_count\n    r0 &= 1\n    r7 += r0',
  '    r1 = r10\n    r1 += -8\n    r2 = 8\n    r3 = x ll\n    call bpf_probe_read_kernel\n    r7 = *(u64 *)(r10 - 8)',
  '    *(u32 *)(r10 - 12) = 0\n    r1 = m ll\n    r2 = r10\n    r2 += -12\n    r3 = y ll\n    r4 = 0\n    call bpf_map_update_elem',
  '    *(u32 *)(r10 - 12) = 0\n    r1 = m ll\n    r2 = r10\n    r2 += -12\n    call bpf_map_lookup_elem\n    if r0 == 0 goto +2\n    r1 = 1\n    lock *(u64 *)(r0 + 0) += r1',
  '    *(u32 *)(r10 - 12) = 0\n    r1 = h ll\n    r2 = r10\n    r2 += -12\n    call bpf_map_delete_elem\n    r7 += r0',
  '    *(u32 *)(r10 - 12) = 0\n    r1 = h ll\n    r2 = r10\n    r2 += -12\n    r3 = x ll\n    r4 = 0\n    call bpf_map_update_elem',
  '    r1 = c ll\n    r1 = &(void __percpu *)(r1)\n    r2 = *(u64 *)(r1 + 0)\n    r2 += 1\n    *(u64 *)(r1 + 0) = r2\n    r7 += r2',
  '    if r7 != 2 goto +2\n    r1 = 0\n    r1 = *(u64 *)(r1 + 0)',
  '    *(u64 *)(r10 - 8) = r7\n    r7 = *(u64 *)(r10 - 8)',
  '    r7 &= 3\n    if r7 == 1 goto +1\n    r7 += 1',
);

const fragment = fc.oneof({ arbitrary: access, weight: 6 }, { arbitrary: other, weight: 5 });

/** What only functions of the kernel may do. */
const isInternal = (part: string): boolean => /__percpu|\bcall (?:preempt|local)_/.test(part);

function bodyOf(parts: readonly string[]): string {
  // What a section contains is the part after it.
  let text = '';
  for (let i = 0; i < parts.length; i += 1) {
    const part = parts[i]!;
    const inner = parts[i + 1] ?? '';
    text += part.includes('\nA')
      ? `${part.replace('\nA', `\n${inner.includes('\nA') ? '' : `${inner}\n`}`)}\n`
      : `${part}\n`;
  }
  return `    r7 = 0\n${text}`;
}

const body = (most: number): fc.Arbitrary<string> =>
  fc.array(fragment, { minLength: 1, maxLength: most }).map(bodyOf);
const programBody = fc
  .array(
    fragment.filter((part) => !isInternal(part)),
    { minLength: 1, maxLength: 2 },
  )
  .map(bodyOf);

const fn = (name: string, text: string, more = ''): string =>
  `function ${name}(u64 v)${more} {\n${text}    r0 = 0\n    exit\n}\n`;

const DATA = `global x : u64
global y : u64
percpu c : u64
map m : array { key 4, value 8, max_entries 1 }
map h : hash { key 4, value 8, max_entries 1 }
`;

const scenarioOf = ({
  cpus,
  tasks,
  may,
  claim,
}: {
  cpus: number;
  tasks: string;
  may: string;
  claim: string;
}): string => `scenario {\n    cpus ${cpus}\n${tasks}${may}    ${claim}\n}\n`;

const common = {
  cpus: fc.constantFrom(1, 1, 1, 2),
  source: fc.constantFrom('', 'hardirq', 'nmi', 'softirq'),
  again: fc.constantFrom('', '', ' call fb(1)', ' set y = 2', ' update m[0] = 3', ' delete h[0]'),
  claim: fc.constantFrom(
    'finally m[0] <= 1',
    'finally x <= 1',
    'always x <= y + 1',
    'finally x == y',
    'always x + y < 3',
    'finally h[0] == absent',
  ),
};

const mayOf = (source: string): string =>
  source === '' ? '' : `    may ${source} cpu 0 x 1 { call fi(1) }\n`;

/** Functions that tasks and an interrupt call. */
const ofFunctions: fc.Arbitrary<RandomLab> = fc
  .record({ ...common, a: body(4), b: body(4), irq: body(4), kernel: fc.constantFrom(...KERNELS) })
  .map(({ a, b, irq, cpus, source, claim, again, kernel }) => {
    const tasks = `    task A cpu 0 { call fa(1)${again} }\n    task B cpu ${cpus - 1} { call fb(1) }\n`;
    return {
      kernel,
      text: `${DATA}${fn('fa', a)}${fn('fb', b)}${fn('fi', irq)}${scenarioOf({ cpus, tasks, may: mayOf(source), claim })}`,
    };
  });

const TAIL_CALL = '    r1 = r6\n    r2 = jmp ll\n    r3 = 0\n    call bpf_tail_call\n';

/** Programs at a tracepoint and at a function, sleepable ones and tail calls among them, under a guard. */
const ofPrograms: fc.Arbitrary<RandomLab> = fc
  .record({
    ...common,
    p: programBody,
    q: programBody,
    s: programBody,
    irq: body(2),
    kind: fc.constantFrom('tail', 'sleepable', 'sleepable', 'both'),
    guard: fc.constantFrom('generic', 'arm64', 'arm64-v1', 'x86', 'none'),
    kernel: fc.constantFrom(...KERNELS, PREEMPTIBLE),
    sleeps: fc.boolean(),
    // Instances of programs take some hundred instructions: whoever meets one is short, mostly.
    meets: fc.constantFrom('short', 'short', 'short', 'another'),
    interrupts: fc.constantFrom(false, false, true),
    short: body(2),
  })
  .map(({ p, q, s, irq, cpus, source, claim, kind, guard, kernel, sleeps, meets, interrupts, short }) => {
    const isTail = kind !== 'sleepable';
    const isSleepable = kind !== 'tail';
    const copy = sleeps
      ? '    r1 = r10\n    r1 += -8\n    r2 = 8\n    r3 = address ll\n    r3 = *(u64 *)(r3 + 0)\n    call bpf_copy_from_user\n'
      : '';
    const programs = [
      'tracepoint hit(u64 a)\ntracepoint never(u64 a)\nmap jmp : prog_array { max_entries 1 }\nuser page : u64 = 7 missing\nglobal address : u64\n',
      fn('work', '', ' sleepable'),
      fn('fa', `${isTail ? '    call trace_hit\n' : ''}${isSleepable ? '    call work\n' : ''}`),
      fn('fb', meets === 'short' ? short : isTail ? '    call trace_hit\n' : '    call work\n'),
      interrupts ? fn('fi', irq) : '',
      isTail ? `program p : raw_tp/hit {\n    r6 = r1\n${p}${TAIL_CALL}    r0 = 0\n    exit\n}\n` : '',
      isTail ? `program q : raw_tp/never {\n${q}    r0 = 0\n    exit\n}\n` : '',
      isSleepable ? `program s : fentry.s/work {\n${s}${copy}    r0 = 0\n    exit\n}\n` : '',
    ].join('');
    const first = isTail ? 'update jmp[0] = q  ' : isSleepable && sleeps ? 'set address = page  ' : '';
    const user = isSleepable && sleeps ? '    task U cpu 0 { provide page }\n' : '';
    const tasks = `    task A cpu 0 { ${first}call fa(1) }\n    task B cpu ${cpus - 1} { call fb(1) }\n${user}`;
    const may = interrupts ? mayOf(source) : '';
    const scenario = scenarioOf({ cpus, tasks, may, claim });
    return { kernel, text: `${DATA}${programs}${scenario.replace('{\n', `{\n    guard ${guard}\n`)}` };
  });

/** Labs for both searches to come to the same of. */
export const randomLab: fc.Arbitrary<RandomLab> = fc.oneof(
  { arbitrary: ofFunctions, weight: 3 },
  { arbitrary: ofPrograms, weight: 1 },
);
