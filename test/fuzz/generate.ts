// cspell:ignore stxw
import type { Form } from '../../src/isa/forms.js';
import type { Operation } from '../../src/isa/operation.js';
import { OPERATIONS } from '../../src/isa/table.js';
import { DATA, LEAVES, TABLE_WORDS, toWords } from './machine.js';
import { type Node, node, type Program } from './program.js';
import type { Random } from './random.js';

const withForms = (...forms: readonly Form[]): readonly Operation[] =>
  OPERATIONS.filter((op) => forms.includes(op.form));

const COMPUTING = withForms(
  'mov_imm',
  'mov_reg',
  'alu_imm',
  'alu_reg',
  'neg',
  'extend',
  'swap',
  'cast',
  'percpu',
);
const LOADING = withForms('load');
const STORING = withForms('store_imm', 'store_reg');
const ATOMIC = withForms(
  'lock',
  'fetch',
  'xchg',
  'cmpxchg',
  'acquire',
  'release',
  'this_cpu',
  'this_cpu_fetch',
);
const JUMPS = withForms('jump_imm', 'jump_reg');
const PACKET = withForms('packet_abs', 'packet_ind');

/** A register to write: seldom one of those that hold addresses, hardly ever r11. */
function written(random: Random): number {
  if (random.chance(2)) return 11;
  return random.chance(97) ? random.of([0, 1, 2, 3, 4, 5, 7, 9]) : random.of([6, 8]);
}

const read = (random: Random): number => (random.chance(2) ? 11 : random.between(0, 10));

/** A base register and an offset that often lie inside something. */
function address(random: Random, isPercpu: boolean): { base: number; off: number } {
  const kind = random.between(0, 99);
  if (isPercpu && kind < 95)
    return { base: 8, off: random.chance(95) ? random.between(0, 28) : random.between(-4, 40) };
  if (kind < 50)
    return { base: 6, off: random.chance(95) ? random.between(0, 88) : random.between(-2, DATA.size + 2) };
  if (kind < 93) return { base: 10, off: -random.between(1, random.chance(90) ? 64 : 400) };
  if (kind < 97) return { base: read(random), off: random.between(-16, 16) };
  return { base: random.between(0, 9), off: random.of([-32768, 32767]) };
}

/** Half of the offsets are made multiples of what is accessed. */
function rounded(random: Random, off: number, size: number): number {
  return random.chance(60) ? off - (((off % size) + size) % size) : off;
}

function access(random: Random, op: Operation): Node {
  const { base, off } = address(random, op.form.startsWith('this_cpu'));
  const where = { off: rounded(random, off, op.size), imm: 0 };
  switch (op.form) {
    case 'load':
    case 'acquire':
      return node(op, { ...where, src: base, dst: written(random) });
    case 'store_imm':
      return node(op, { ...where, dst: base, imm: random.value() });
    case 'fetch':
    case 'xchg':
    case 'this_cpu_fetch':
      return node(op, { ...where, dst: base, src: written(random) });
    default:
      return node(op, { ...where, dst: base, src: read(random) });
  }
}

function computing(random: Random): Node {
  const op = random.of(COMPUTING);
  const imm = op.form.endsWith('_imm') ? random.value() : 0;
  const hasSource = op.form.endsWith('_reg') || ['extend', 'cast', 'percpu'].includes(op.form);
  return node(op, { dst: written(random), src: hasSource ? read(random) : 0, imm });
}

/** Two shifts and what joins them, most often a rotation. */
function rotation(random: Random): Node[] {
  const [x, t] = [random.of([0, 3, 4, 5, 7]), random.of([1, 2, 9])];
  const by = random.between(1, 63);
  const back = random.chance(80) ? 64 - by : random.between(1, 63);
  const join = random.of(['or64_reg', 'or64_reg', 'add64_reg', 'xor64_reg', 'and64_reg']);
  const [first, second] = random.chance(50)
    ? (['lsh64_imm', 'rsh64_imm'] as const)
    : (['rsh64_imm', 'lsh64_imm'] as const);
  const [d, s] = random.chance(50) ? [x, t] : [t, x];
  return [
    node('mov64_reg', { dst: t, src: x }),
    node(first, { dst: t, imm: by }),
    node(second, { dst: x, imm: back }),
    node(join, { dst: d, src: s }),
  ];
}

/** A loop of one block that counts down, with a way out in the middle now and then; `at` is where it will be. */
function shortLoop(random: Random, at: number): Node[] {
  const body = Array.from({ length: random.between(0, 5) }, () => {
    const choice = random.between(0, 9);
    if (choice < 6) return computing(random);
    return access(random, random.of(choice < 8 ? LOADING : choice < 9 ? STORING : ATOMIC));
  }).filter((n) => n.dst !== 9 && n.src !== 9);
  return [
    node('mov64_imm', { dst: 9, imm: random.between(1, 60) }),
    ...body,
    node('add64_imm', { dst: 9, imm: -1 }),
    node(random.of(['jne64_imm', 'jsgt64_imm', 'jgt32_imm']), { dst: 9, imm: 0, target: at + 1 }),
  ];
}

/**
 * A loop that counts down in r9, of several blocks: ways that part and meet again, ways out, a jump to the middle at first;
 * and accesses at an address that moves. `at` is where it will be.
 */
function windingLoop(random: Random, at: number): Node[] {
  const moving = random.of([2, 3]);
  const step = random.of([1, 2, 4, 8, 8, 16, -8]);
  const head = at + 3;
  const nodes: Node[] = [
    node('mov64_imm', { dst: 9, imm: random.between(1, 60) }),
    node('mov64_reg', { dst: moving, src: 6 }),
    node('add64_imm', { dst: moving, imm: random.between(0, 90) }),
  ];
  const parts = random.between(1, 4);
  for (let part = 0; part < parts; part += 1) {
    const kind = random.between(0, 9);
    const here = (): number => at + nodes.length;
    if (kind < 2) nodes.push(...indexed(random, moving));
    else if (kind < 4) {
      const op = random.of(random.chance(60) ? LOADING : STORING);
      const size = op.size;
      const off = rounded(random, random.between(-4, 20), size);
      const isLoad = op.form === 'load';
      nodes.push(
        node(op, {
          off,
          imm: 0,
          dst: isLoad ? random.of([0, 1, 4, 5]) : moving,
          src: isLoad ? moving : op.form === 'store_imm' ? 0 : 4,
        }),
      );
    } else if (kind < 7) {
      const other = random.chance(50);
      const target = here() + (other ? 3 : 2);
      nodes.push(
        node(random.of(['jset64_imm', 'jgt32_imm', 'jslt64_imm']), {
          dst: random.of([0, 1, 9]),
          imm: random.of([1, 2, 30]),
          target,
        }),
      );
      nodes.push(node('add64_imm', { dst: random.of([0, 1, 4]), imm: random.between(-3, 9) }));
      if (other) {
        nodes.push(node('ja', { target: here() + 2 }));
        nodes.push(node('xor64_imm', { dst: random.of([0, 1, 4]), imm: 5 }));
      }
    } else if (kind < 8)
      nodes.push(node('jeq64_imm', { dst: 0, imm: random.between(0, 9), target: at + 40 }));
    else nodes.push(computing(random));
  }
  nodes.push(node('add64_imm', { dst: moving, imm: step }));
  nodes.push(node(random.of(['add64_imm', 'add32_imm']), { dst: 9, imm: random.chance(70) ? -1 : 1 }));
  nodes.push(
    node(random.of(['jne64_imm', 'jsgt64_imm', 'jlt64_imm']), {
      dst: 9,
      imm: random.of([0, 0, 70]),
      target: head,
    }),
  );
  return nodes.filter(
    (n, i) => i === 0 || !(n.op.form !== 'alu_imm' && n.op.form !== 'jump_imm' && n.dst === 9),
  );
}

/** An access at an address that is computed from one that moves, or from what is counted in r9, in either width. */
function indexed(random: Random, moving: number): Node[] {
  const op = random.of(random.chance(60) ? LOADING : STORING);
  const isLoad = op.form === 'load';
  const index = random.chance(50) ? 9 : moving;
  const width = random.of(['mov64_reg', 'mov32_reg']);
  const pointer = index === 9 ? 6 : random.of([9, 7]);
  return [
    node(index === 9 ? width : 'mov64_reg', { dst: 5, src: index }),
    ...(random.chance(30) ? [node('lsh64_imm', { dst: 5, imm: random.between(0, 2) })] : []),
    ...(random.chance(30) ? [node('add32_imm', { dst: 5, imm: random.between(0, 4) })] : []),
    ...(pointer === 7 ? [] : [node('add64_reg', { dst: 5, src: pointer })]),
    node(op, {
      off: random.between(-4, 8),
      imm: op.form === 'store_imm' ? random.value() : 0,
      dst: isLoad ? random.of([0, 1, 4]) : 5,
      src: isLoad ? 5 : op.form === 'store_imm' ? 0 : 4,
    }),
  ];
}

/** Accesses through the same base one after the other, some of them where nothing may be touched. */
function neighbours(random: Random): Node[] {
  const base = random.of([6, 6, 2, 3]);
  const around = random.chance(85) ? random.of([0, 24, 40]) : random.of([84, 150]);
  const setup = [
    node('mov64_reg', { dst: base, src: 6 }),
    node('add64_imm', { dst: base, imm: random.between(-8, 8) }),
  ];
  const nodes = Array.from({ length: random.between(2, 6) }, () => {
    if (random.chance(20)) return computing(random);
    const op = random.of(random.chance(50) ? LOADING : random.chance(80) ? STORING : ATOMIC);
    if (op.form.startsWith('this_cpu')) return computing(random);
    const off = rounded(random, around + random.between(0, random.chance(80) ? 12 : 60), op.size);
    const isLoad = op.form === 'load' || op.form === 'acquire';
    return node(op, {
      off,
      imm: op.form === 'store_imm' ? random.value() : 0,
      dst: isLoad ? random.of([0, 1, 4, 5]) : base,
      src: isLoad ? base : op.form === 'store_imm' ? 0 : random.of([0, 1, 4, 5, base]),
    });
  });
  return base === 6 ? nodes : [...setup, ...nodes];
}

/** Finds a slot by an index in memory, and perhaps reads it. */
function slot(random: Random): Node[] {
  const [from, off] = random.chance(60) ? [6, random.between(0, 96)] : [10, -random.between(4, 16)];
  return [
    node('mov64_imm', { dst: 3, imm: random.between(0, 8) }),
    node('stxw', { dst: from, src: 3, off }),
    node('mov64_reg', { dst: 1, src: random.chance(90) ? 6 : 8 }),
    node('mov64_reg', { dst: 2, src: from }),
    node('add64_imm', { dst: 2, imm: off }),
    node('call', { imm: LEAVES.indexOf('slot') }),
    ...(random.chance(60)
      ? [node('mov64_reg', { dst: 4, src: 0 }), node('ldxdw', { dst: 4, src: 4, off: random.of([0, 0, 4]) })]
      : []),
  ];
}

/** A lookup in an array whose address is a constant, with an index on the stack: what has been found is tested and used. */
function lookup(random: Random, at: number): Node[] {
  const off = -random.between(4, 16);
  const to = random.of([0, 0, 7]);
  const tested = random.of(['jeq64_imm', 'jeq64_imm', 'jne64_imm', 'jne32_imm']);
  const uses = Array.from({ length: random.between(1, 3) }, () => {
    const op = random.of(random.chance(50) ? LOADING : random.chance(70) ? STORING : ATOMIC);
    if (op.form.startsWith('this_cpu')) return computing(random);
    const isLoad = op.form === 'load' || op.form === 'acquire';
    const where = { off: random.chance(85) ? random.of([0, 0, 4]) : random.between(-9, 12) };
    return node(op, {
      ...where,
      imm: op.form === 'store_imm' ? random.value() : 0,
      dst: isLoad ? random.of([1, 4, 5, to]) : to,
      src: isLoad ? to : op.form === 'store_imm' ? 0 : random.of([1, 4, 5]),
    });
  });
  const setup = [
    node(random.chance(50) ? 'stw' : 'stxw', { dst: 10, src: 0, off, imm: 0 }),
    node('lddw', { dst: 1, ...toWords(DATA.address) }),
    node('mov64_reg', { dst: 2, src: 10 }),
    node('add64_imm', { dst: 2, imm: random.chance(90) ? off : -500 }),
    node('call', { imm: LEAVES.indexOf('slot') }),
    ...(to === 0 ? [] : [node('mov64_reg', { dst: to, src: 0 })]),
    ...(random.chance(15) ? [node('call_local', { src: 1, callee: 0 })] : []),
  ].map((n) => (n.op.name === 'stw' ? { ...n, src: 0, imm: random.between(0, 8) } : n));
  return [
    ...setup,
    node(tested, { dst: to, imm: random.chance(95) ? 0 : 1, target: at + setup.length + 1 + uses.length }),
    ...uses,
  ];
}

/** An indirect call of what a word of the table holds, found in one step or two; now and then the word is changed. */
function byTable(random: Random, functions: number): Node[] {
  const word = random.between(1, TABLE_WORDS - 1);
  const [table, dst] = [random.of([3, 7]), random.of([3, 4, 0])];
  return [
    node('lddw', { dst: table, ...toWords(DATA.table) }),
    ...(random.chance(30) ? [node('ldxdw', { dst: table, src: table })] : []),
    ...(random.chance(15)
      ? [
          node('lddw_func', { dst: 5, src: 4, callee: random.between(0, functions - 1) }),
          node('stxdw', { dst: random.chance(80) ? table : 6, src: 5, off: word * 8 }),
        ]
      : []),
    node('ldxdw', { dst, src: table, off: word * 8 }),
    node('callx', { dst }),
  ];
}

/** One to three instructions that belong together. */
function some(random: Random, at: number, length: number, functions: number): Node[] {
  const forward = (): number => random.between(Math.min(at + 1, length - 1), Math.min(at + 12, length - 1));
  const anywhere = (): number => (random.chance(30) ? random.between(0, length - 1) : forward());
  const kind = random.between(0, 99);
  if (kind < 2) return rotation(random);
  if (kind < 3) return shortLoop(random, at);
  if (kind < 4) return windingLoop(random, at);
  if (kind < 6) return neighbours(random);
  if (kind < 7) return random.chance(40) ? slot(random) : lookup(random, at);
  if (kind < 8) return byTable(random, functions);
  if (kind < 42) return [computing(random)];
  if (kind < 54) return [access(random, random.of(LOADING))];
  if (kind < 64) return [access(random, random.of(STORING))];
  if (kind < 73) return [access(random, random.of(ATOMIC))];
  if (kind < 84) {
    const op = random.of(JUMPS);
    const imm = op.form === 'jump_imm' ? random.value() : 0;
    const src = op.form === 'jump_reg' ? read(random) : 0;
    return [node(op, { dst: read(random), src, imm, target: anywhere() })];
  }
  if (kind < 86) return [node(random.of(['ja', 'ja32']), { target: forward() })];
  if (kind < 87) return [node('may_goto', { target: anywhere() })];
  if (kind < 90) return [node('lddw', { dst: written(random), imm: random.value(), hi: random.value() })];
  if (kind < 93) return [node('call_local', { src: 1, callee: random.between(0, functions - 1) })];
  if (kind < 95) {
    const dst = random.between(0, 9);
    return [
      node('lddw_func', { dst, src: 4, callee: random.between(0, functions - 1) }),
      ...(random.chance(30) ? [node('add64_imm', { dst, imm: random.of([8, 16, 4, -8]) })] : []),
      node('callx', { dst }),
    ];
  }
  if (kind < 98) {
    const form = random.chance(90) ? 'call' : 'call_kfunc';
    return [node(form, { imm: random.between(0, LEAVES.length - 1) })];
  }
  if (kind < 99) {
    const dst = random.between(0, 9);
    return [node('lddw', { dst, target: anywhere() }), node('gotox', { dst })];
  }
  return random.chance(10) ? [node(random.of(PACKET))] : [node('exit')];
}

/** Calls itself as often as r1 says, with a frame of any size. */
function descent(random: Random, self: number, end: number): Node[] {
  const off = -8 * random.between(1, random.chance(70) ? 4 : 60);
  return [
    node('stxdw', { dst: 10, src: 1, off }),
    node('jeq64_imm', { dst: 1, imm: 0, target: end }),
    node('add64_imm', { dst: 1, imm: -1 }),
    ...(random.chance(70)
      ? [node('call_local', { src: 1, callee: self })]
      : [node('lddw_func', { dst: 2, src: 4, callee: self }), node('callx', { dst: 2 })]),
    node('ldxdw', { dst: random.of([0, 1, 2]), src: 10, off }),
  ];
}

function writeFunction(random: Random, functions: number, self: number): Node[] {
  const small = random.chance(40);
  const length = random.between(1, small ? 6 : random.chance(80) ? 30 : 120);
  const nodes: Node[] = [];
  if (random.chance(90)) nodes.push(node('lddw', { dst: 6, ...toWords(DATA.address) }));
  if (random.chance(70)) nodes.push(node('lddw', { dst: 8, ...toWords(DATA.percpu) }));
  if (self > 0 && random.chance(25)) nodes.push(...descent(random, self, nodes.length + 7));
  while (nodes.length < length) {
    if (self + 1 < functions && random.chance(8)) nodes.push(...callFurther(random, self, functions));
    nodes.push(...some(random, nodes.length, length, functions));
  }
  // Whatever was meant to be jumped to beyond the end is the end.
  const last = nodes.length;
  nodes.push(node('exit'));
  return nodes.map((n) => (n.target !== undefined && n.target > last ? { ...n, target: last } : n));
}

/** A call of a function that comes later, so that calls are not only endless ones. */
function callFurther(random: Random, self: number, functions: number): Node[] {
  return [
    node('mov64_imm', { dst: 1, imm: random.between(0, random.chance(70) ? 6 : 300) }),
    node('call_local', { src: 1, callee: random.between(self + 1, functions - 1) }),
  ];
}

/** A program of one to four functions that call each other, leaves, and whatever address they come by. */
export function generateProgram(random: Random): Program {
  const functions = random.between(1, 4);
  return {
    functions: Array.from({ length: functions }, (_, self) => writeFunction(random, functions, self)),
  };
}
