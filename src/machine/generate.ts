/**
 * Writes interpreter.generated.ts from the instruction table: one `case` for each operation, calling the function that
 * the table names. A switch over a table's functions is what V8 compiles best (bench/interpreter.bench.ts has the
 * figures of the alternatives), and generating it keeps the table the only place that knows what an operation means.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Compute, Condition, Operation } from '../isa/operation.js';
import { OPERATIONS } from '../isa/table.js';
import { dstWordOf, opIdOf, srcWordOf, TRACKED_ID } from './word.js';

/** What a function of one word gives, written out: the loop is too large for V8 to inline calls in it. */
function inPlace(part: (word: number) => number): string {
  const expression = /^\(?word\)? ?=> ?(.*)$/.exec(part.toString())?.[1];
  if (expression === undefined) throw new Error('a part of a word is not one expression');
  return `(${expression})`;
}

const IMM = 'const imm = code[here + 2]!;';
const OFF = 'code[here + 1]!';
const jumpIf = (test: string): string =>
  `if (${test}) { pc += 4 * ${OFF}; if (${OFF} < 0 && left <= 0) break run; }`;

function semantic(op: Operation): string {
  const name = op.compute?.name ?? op.condition?.name;
  if (name === undefined) throw new Error(`${op.name} has no meaning`);
  return name;
}

const semantics = ['alu32', 'alu64', 'compare', 'swap'] as const;
const bodies = new Map<string, string>();
for (const file of semantics) {
  const text = readFileSync(new URL(`../isa/semantics/${file}.ts`, import.meta.url), 'utf8');
  for (const [, name, body] of text.matchAll(/^export function (\w+)\([^)]*\): \w+ \{\n([\s\S]*?)^\}/gm)) {
    bodies.set(name!, body!.replace(/\s+/g, ' ').trim());
  }
}

/** The body of a function of the table, or undefined where it calls others and so has to be called itself. */
function bodyOf(fn: Compute | Condition): string | undefined {
  const body = bodies.get(fn.name);
  const calls = body?.replaceAll('Math.imul(', '(').replaceAll('if (', '(');
  return calls === undefined || /\w\(/.test(calls) ? undefined : body;
}

/**
 * A computation written out in place, its source operand renamed: V8 inlines too few of 187 calls in one loop. A
 * `return` leaves the case.
 */
function compute(op: Operation, source: 's' | 'k'): string {
  if (op.compute === undefined) throw new Error(`${op.name} has no meaning`);
  const body = bodyOf(op.compute);
  if (body === undefined)
    return op.compute.length === 2 ? `${op.compute.name}(w, d);` : call(op.compute.name, source);
  return operand(body.replace(/\breturn;/g, 'break;'), source);
}

/** Calls a function that is not written out; an immediate goes through the thread's immediate register. */
function call(name: string, source: 's' | 'k'): string {
  return source === 's' ? `${name}(w, d, s);` : `w[k] = imm; w[k + 1] = imm >> 31; ${name}(w, d, k);`;
}

/** Puts the immediate where the text of a function says the source register. */
function operand(text: string, source: 's' | 'k'): string {
  if (source === 's') return text;
  return text.replace(/w\[s \+ 1\]!?/g, '(imm >> 31)').replace(/w\[s\]!?/g, 'imm');
}

/** A condition written out in place. */
function condition(op: Operation, source: 's' | 'k'): string {
  if (op.condition === undefined) throw new Error(`${op.name} has no meaning`);
  const expression = /^return ([^;]*);$/.exec(bodyOf(op.condition) ?? '')?.[1];
  if (expression === undefined) throw new Error(`${op.condition.name} is not one expression`);
  return operand(expression, source);
}

const updateName = (op: Operation): string => `update_${semantic(op)}`;

/**
 * Atomic updates, a function for each meaning, in which that is written out: one function that calls all of them takes half
 * as long again.
 */
function updates(): string {
  const all = OPERATIONS.filter((op) => op.form === 'lock' || op.form === 'xchg');
  return all
    .map(
      (op) => `
function ${updateName(op)}(m: Machine, w: Int32Array, to: number, s: number, off: number, d: number, fetches: boolean): number {
  const at = beginUpdate(m, w, to, off, d, ${op.size});
  const oldLow = w[d]!;
  const oldHigh = w[d + 1]!;
  ${compute(op, 's')}
  endUpdate(m, w, d, at, ${op.size});
  if (fetches) { w[s] = oldLow; w[s + 1] = oldHigh; }
  return at;
}
`,
    )
    .join('');
}

/** What an operation does, as statements; `wrote(…)` marks the offset of a store. */
function body(op: Operation): string {
  const fn = (): string => semantic(op);
  switch (op.form) {
    case 'mov_imm':
    case 'alu_imm':
      return `${IMM} ${compute(op, 'k')}`;
    case 'mov_reg':
    case 'alu_reg':
    case 'extend':
    case 'cast':
    case 'neg':
    case 'swap':
      return compute(op, 's');
    case 'percpu':
      return 'mov64(w, d, s); add64(w, d, p);';
    case 'wide':
      return 'w[d] = code[here + 2]!; w[d + 1] = code[here + 3]!; pc += 4;';
    case 'goto':
      return jumpIf('true').replace('if (true) { ', '').replace(/ }$/, '');
    case 'gotol':
      return 'pc += 4 * code[here + 2]!; if (code[here + 2]! < 0 && left <= 0) break run;';
    case 'may_goto':
      return jumpIf('mayGotoEnds(memory, r)');
    case 'jump_imm':
      return `${IMM} ${jumpIf(condition(op, 'k'))}`;
    case 'jump_reg':
      return jumpIf(condition(op, 's'));
    case 'gotox':
      return 'pc = indirectTarget(m, w, d, here >> 2) * 4; if (pc <= here && left <= 0) break run;';
    case 'call_local':
      return 'pc = call(m, r, pc, code[here + 2]!); called(code[here + 2]!); if (left <= 0) break run;';
    case 'callx':
      return 'const fn = functionAt(m, w, d); pc = call(m, r, pc, fn); called(fn); if (left <= 0) break run;';
    case 'call_helper':
      return 'm.executed = base + budget - left; leaving(code[here + 2]!); const to = callLeaf(m, leafCall, r, code[here + 2]!); if (to !== LEAF_DONE) { if (to === LEAF_BLOCKED) { pc = here; left += 1; stop = STOP_BLOCKED; break run; } if (to === LEAF_YIELD) { stop = STOP_YIELD; break run; } pc = to; tailed(leafCall.target); if (left <= 0) break run; }';
    case 'exit':
      return 'returning(); pc = 4 * popFrame(memory, r); if (pc < 0) { stop = STOP_DONE; break run; } if (left <= 0) break run;';
    case 'load':
      return `load${op.signed ? 'Signed' : ''}${op.size * 8}(m, w, d, s, ${OFF});`;
    case 'store_reg':
      return `wrote(store${op.size * 8}(m, w, d, s, ${OFF}), ${op.size});`;
    case 'store_imm':
      return `${IMM} w[k] = imm; w[k + 1] = imm >> 31; wrote(store${op.size * 8}(m, w, d, k, ${OFF}), ${op.size});`;
    case 'lock':
    case 'fetch':
    case 'xchg':
      return `wrote(${updateName(op)}(m, w, d, s, ${OFF}, t, ${op.form !== 'lock'}), ${op.size});`;
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
      return 'unlinked(here);';
    case 'packet_abs':
    case 'packet_ind':
      return 'noPacket();';
    default:
      return op.form satisfies never;
  }
}

const OBSERVED: readonly (readonly [RegExp, string])[] = [
  [/wrote\((.*), (\d)\);$/, 'const to = $1; o.write?.(thread, here >> 2, to, $2);'],
  [/called\(([^;]*)\);/, 'o.call?.(thread, here >> 2, $1);'],
  [/returning\(\);/, 'o.return?.(thread, here >> 2);'],
  [/tailed\(([^;]*)\);/, 'o.tail?.(thread, here >> 2, $1);'],
  [/leaving\(([^;]*)\);/, 'o.leaf?.(thread, here >> 2, $1);'],
];
const SILENT: readonly (readonly [RegExp, string])[] = [
  [/wrote\((.*), \d\);$/, '$1;'],
  [/ ?called\([^;]*\);/, ''],
  [/returning\(\); /, ''],
  [/tailed\([^;]*\); /, ''],
  [/leaving\([^;]*\); /, ''],
];

function cases(rewrites: readonly (readonly [RegExp, string])[]): string {
  return OPERATIONS.map((op) => {
    const text = rewrites.reduce((t, [from, to]) => t.replace(from, to), body(op));
    return `        case ${op.id}: { ${text} break; } // ${op.name}`;
  }).join('\n');
}

const TRACKED = `
        case ${TRACKED_ID}: { pc = here; left += 1; stop = STOP_TRACKED; break run; }`;

function loop(name: string, observed: boolean): string {
  const check = observed
    ? `      if (exact && left <= 0) break;
      m.executed = base + budget - left;
      if (o.stopBefore?.(thread, pc >> 2) === true) { stop = STOP_BREAK; break; }
      o.instruction?.(thread, pc >> 2);\n`
    : '';
  const more = observed ? ', o: Observer, exact: boolean' : '';
  return `
/** Runs a thread; see \`Engine.run\`.${observed ? ' Tells the observer; with `exact` stops after `budget` instructions sharp.' : ''} */
export function ${name}(m: Machine, thread: Thread, leafCall: TimedCall, budget: number${more}): number {
  const { memory } = m;
  const w = memory.i32;
  const ${observed ? '{ code }' : '{ fast: code }'} = m.text;
  const r = thread.word;
  const k = r + WORD.immediate;
  const t = r + WORD.scratch;
  const p = r + WORD.percpu;
  const base = m.executed;
  let left = budget;
  let stop: number = STOP_BUDGET;
  let pc = 4 * w[r + WORD.pc]!;
  let here = pc;
  try {
    run: for (;;) {
${check}      here = pc;
      pc += 4;
      left -= 1;
      const word = code[here]!;
      const d = r + ${inPlace(dstWordOf)};
      const s = r + ${inPlace(srcWordOf)};
      switch (${inPlace(opIdOf)}) {
${cases(observed ? OBSERVED : SILENT)}${observed ? '' : TRACKED}
      }
    }
  } catch (e) {
    pc = here;
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
  return from.filter((n) => new RegExp(`\\b${n}\\b`).test(loops.replace(/\/\/.*/g, ''))).join(', ');
}

const loops = updates() + loop('interpret', false) + loop('interpretObserved', true);
const named = await Promise.all(
  semantics.map(async (m) => {
    const exports = Object.keys((await import(`../isa/semantics/${m}.js`)) as object);
    return `import { ${imports(exports)} } from '../isa/semantics/${m}.js';`;
  }),
);

const source = `// Generated from the instruction table by generate.ts. Not edited.
${named.join('\n')}
import {
  beginUpdate, compareExchange, endUpdate, load8, load16, load32, load64, loadAcquire, loadSigned8, loadSigned16, loadSigned32,
  store8, store16, store32, store64, storeRelease, thisCpu,
} from './access.js';
import { call, callLeaf, functionAt, indirectTarget, LEAF_BLOCKED, LEAF_DONE, LEAF_YIELD, noPacket, STOP_BLOCKED, STOP_BREAK, STOP_BUDGET, STOP_DONE, STOP_TRACKED, STOP_YIELD, unlinked } from './calls.js';
import type { Observer } from './engine.js';
import type { TimedCall } from './leaf.js';
import type { Machine } from './machine.js';
import { mayGotoEnds, popFrame } from './stack.js';
import { type Thread, WORD } from './thread.js';
${loops}`;

writeFileSync(new URL('./interpreter.generated.ts', import.meta.url), source);
