/**
 * Writes interpreter.generated.ts from the instruction table: one `case` an operation, each calling the function that
 * the table names. A switch over a table's functions is what V8 compiles best (bench/interpreter.bench.ts has the
 * figures of the alternatives), and generating it keeps the table the only place that knows what an operation means.
 */
import { writeFileSync } from 'node:fs';
import type { Operation } from '../isa/operation.js';
import { OPERATIONS } from '../isa/table.js';

/** Loads the immediate into the thread's immediate register, so that one function serves imm and reg forms. */
const IMM = 'w[k] = code[at + 2]!; w[k + 1] = code[at + 2]! >> 31;';
const OFF = 'code[at + 1]!';
const jumpIf = (test: string): string => `if (${test}) { pc += 4 * ${OFF}; if (${OFF} < 0 && left <= 0) break run; }`;

function semantic(op: Operation): string {
  const name = op.compute?.name ?? op.condition?.name;
  if (name === undefined) throw new Error(`${op.name} has no meaning`);
  return name;
}

/** What an operation does, as statements; `wrote(…)` marks the offset of a store. */
function body(op: Operation): string {
  const fn = (): string => semantic(op);
  switch (op.form) {
    case 'mov_imm':
    case 'alu_imm':
      return `${IMM} ${fn()}(w, d, k);`;
    case 'mov_reg':
    case 'alu_reg':
    case 'extend':
    case 'cast':
      return `${fn()}(w, d, s);`;
    case 'neg':
    case 'swap':
      return `${fn()}(w, d);`;
    case 'percpu':
      return 'mov64(w, d, s); add64(w, d, p);';
    case 'wide':
      return 'w[d] = code[at + 2]!; w[d + 1] = code[at + 3]!; pc += 4;';
    case 'goto':
      return jumpIf('true').replace('if (true) { ', '').replace(/ }$/, '');
    case 'gotol':
      return 'pc += 4 * code[at + 2]!; if (code[at + 2]! < 0 && left <= 0) break run;';
    case 'may_goto':
      return jumpIf('mayGotoEnds(memory, r)');
    case 'jump_imm':
      return `${IMM} ${jumpIf(`${fn()}(w, d, k)`)}`;
    case 'jump_reg':
      return jumpIf(`${fn()}(w, d, s)`);
    case 'gotox':
      return 'pc = indirectTarget(m, w, d, at >> 2) * 4; if (pc <= at && left <= 0) break run;';
    case 'call_local':
      return 'pc = call(m, r, pc, code[at + 2]!); called(code[at + 2]!); if (left <= 0) break run;';
    case 'callx':
      return 'const fn = functionAt(m, w, d); pc = call(m, r, pc, fn); called(fn); if (left <= 0) break run;';
    case 'call_helper':
      return 'm.executed = base + budget - left; leaving(code[at + 2]!); if (!callLeaf(m, leafCall, r, code[at + 2]!)) { pc = at; left += 1; stop = STOP_BLOCKED; break run; }';
    case 'exit':
      return 'returning(); pc = 4 * popFrame(memory, r); if (pc < 0) { stop = STOP_DONE; break run; } if (left <= 0) break run;';
    case 'load':
      return `load${op.signed ? 'Signed' : ''}${op.size * 8}(m, w, d, s, ${OFF});`;
    case 'store_reg':
      return `wrote(store${op.size * 8}(m, w, d, s, ${OFF}), ${op.size});`;
    case 'store_imm':
      return `${IMM} wrote(store${op.size * 8}(m, w, d, k, ${OFF}), ${op.size});`;
    case 'lock':
      return `wrote(lock(m, w, d, s, ${OFF}, t, ${op.size}, ${fn()}), ${op.size});`;
    case 'fetch':
    case 'xchg':
      return `wrote(fetch(m, w, d, s, ${OFF}, t, ${op.size}, ${fn()}), ${op.size});`;
    case 'cmpxchg':
      return `wrote(compareExchange(m, w, d, s, ${OFF}, t, ${op.size}, r), ${op.size});`;
    case 'acquire':
      return `loadAcquire(m, w, d, s, ${OFF}, ${op.size});`;
    case 'release':
      return `wrote(storeRelease(m, w, d, s, ${OFF}, ${op.size}), ${op.size});`;
    case 'this_cpu':
    case 'this_cpu_fetch':
      return `wrote(thisCpu(m, w, d, s, ${OFF}, t, p, ${op.size}, ${fn()}, ${op.form === 'this_cpu_fetch'}), ${op.size});`;
    case 'pseudo':
    case 'call_kfunc':
      return 'unlinked(at);';
    case 'packet_abs':
    case 'packet_ind':
      return 'noPacket();';
    default:
      return op.form satisfies never;
  }
}

const OBSERVED: readonly (readonly [RegExp, string])[] = [
  [/wrote\((.*), (\d)\);$/, 'const to = $1; o.write?.(thread, at >> 2, to, $2);'],
  [/called\(([^;]*)\);/, 'o.call?.(thread, at >> 2, $1);'],
  [/returning\(\);/, 'o.return?.(thread, at >> 2);'],
  [/leaving\(([^;]*)\);/, 'o.leaf?.(thread, at >> 2, $1);'],
];
const SILENT: readonly (readonly [RegExp, string])[] = [
  [/wrote\((.*), \d\);$/, '$1;'],
  [/ ?called\([^;]*\);/, ''],
  [/returning\(\); /, ''],
  [/leaving\([^;]*\); /, ''],
];

function cases(rewrites: readonly (readonly [RegExp, string])[]): string {
  return OPERATIONS.map((op) => {
    const text = rewrites.reduce((t, [from, to]) => t.replace(from, to), body(op));
    return `        case ${op.id}: { ${text} break; } // ${op.name}`;
  }).join('\n');
}

function loop(name: string, observed: boolean): string {
  const check = observed
    ? `      if (exact && left <= 0) break;
      o.instruction?.(thread, pc >> 2);\n`
    : '';
  const more = observed ? ', o: Observer, exact: boolean' : '';
  return `
/** Runs a thread; see \`Engine.run\`.${observed ? ' Tells the observer; with `exact` stops after `budget` instructions sharp.' : ''} */
export function ${name}(m: Machine, thread: Thread, leafCall: LeafCall, budget: number${more}): number {
  const { memory } = m;
  const w = memory.i32;
  const { code } = m.text;
  const r = thread.word;
  const k = r + WORD.immediate;
  const t = r + WORD.scratch;
  const p = r + WORD.percpu;
  const base = m.executed;
  let left = budget;
  let stop: number = STOP_BUDGET;
  let pc = 4 * w[r + WORD.pc]!;
  let at = pc;
  try {
    run: for (;;) {
${check}      at = pc;
      pc += 4;
      left -= 1;
      const word = code[at]!;
      const d = r + ((word >> 8) & 0xff);
      const s = r + (word >> 16);
      switch (word & 0xff) {
${cases(observed ? OBSERVED : SILENT)}
      }
    }
  } catch (e) {
    pc = at;
    throw e;
  } finally {
    w[r + WORD.pc] = pc >> 2;
    m.executed = base + budget - left;
  }
  return stop;
}
`;
}

function imports(from: readonly string[]): string {
  const used = new Set(OPERATIONS.flatMap((op) => [op.compute?.name, op.condition?.name]));
  return from.filter((n) => used.has(n)).join(', ');
}

const modules = ['alu32', 'alu64', 'compare', 'swap'] as const;
const named = await Promise.all(
  modules.map(async (m) => {
    const exports = Object.keys((await import(`../isa/semantics/${m}.js`)) as object);
    return `import { ${imports(exports)} } from '../isa/semantics/${m}.js';`;
  }),
);

const source = `// Generated from the instruction table by generate.ts. Not edited.
${named.join('\n')}
import {
  compareExchange, fetch, load8, load16, load32, load64, loadAcquire, loadSigned8, loadSigned16, loadSigned32, lock,
  store8, store16, store32, store64, storeRelease, thisCpu,
} from './access.js';
import { call, callLeaf, functionAt, indirectTarget, noPacket, STOP_BLOCKED, STOP_BUDGET, STOP_DONE, unlinked } from './calls.js';
import type { Observer } from './engine.js';
import type { LeafCall } from './leaf.js';
import type { Machine } from './machine.js';
import { mayGotoEnds, popFrame } from './stack.js';
import { type Thread, WORD } from './thread.js';
${loop('interpret', false)}${loop('interpretObserved', true)}`;

writeFileSync(new URL('./interpreter.generated.ts', import.meta.url), source);
