import { evaluateConstant } from '../isa/lower/context.js';
import type { Global, Kernel, Program } from '../kernel/kernel.js';
import type { BpfMap } from '../kernel/map/storage.js';
import type { Expr } from '../syntax/ast.js';
import type { ConditionAst, Name } from '../syntax/lab-ast.js';
import { type NameSpace, severalMeanings, splitSpacedName } from '../syntax/name-space.js';
import { Findings } from '../text/findings.js';
import { didYouMean } from '../text/nearest.js';
import { formatRange } from '../text/range.js';
import { cpuNumber } from './cpu-number.js';
import { checkKey } from './map-numbers.js';

/**
 * A value in a condition: a number, or the absence of a map's element. `bits` is the width of a value that was read from
 * memory as unsigned, so that `h[1] == -5` can mean what was stored.
 */
type Value = { readonly number: bigint; readonly bits?: number } | 'absent';

/**
 * What a program counts: `link_missed` is what the kprobe layer dropped (bpf_link_info), `retval` what BPF_PROG_TEST_RUN
 * gave last, `active` the guard's area on a CPU.
 */
export const COUNTERS = [
  'run_cnt',
  'run_time_ns',
  'recursion_misses',
  'link_missed',
  'retval',
  'active',
] as const;
type Counter = (typeof COUNTERS)[number];

const isCounter = (name: string): name is Counter => (COUNTERS as readonly string[]).includes(name);

const NONE: ReadonlyMap<string, bigint> = new Map();

export interface NamedCounter {
  readonly program: Program;
  readonly counter: Counter;
}

/** `on_delete.run_cnt`; the program's name may hold dots itself. */
export function findCounter(kernel: Kernel, name: string): NamedCounter | undefined {
  const { space, bare } = splitSpacedName(name);
  if (space !== undefined) return space === 'program' ? findCounter(kernel, bare) : undefined;
  const dot = name.lastIndexOf('.');
  const program = kernel.programs.get(name.slice(0, Math.max(0, dot)));
  const counter = name.slice(dot + 1);
  return program !== undefined && isCounter(counter) ? { program, counter } : undefined;
}

/** What a name in a condition can mean: a program is its number there. */
interface Meant {
  readonly program?: Program | undefined;
  readonly map?: BpfMap | undefined;
  readonly variable?: Global | undefined;
}

/** What a name means in a condition, if it is not a counter's. Of one that has been checked there is one thing. */
export function meantBy(kernel: Kernel, name: string): Meant {
  const { space, bare } = splitSpacedName(name);
  const wanted = (s: NameSpace): boolean => space === undefined || space === s;
  return {
    program: wanted('program') ? kernel.programs.get(bare) : undefined,
    map: wanted('map') ? kernel.maps.get(bare) : undefined,
    variable: wanted('variable') ? kernel.globals.get(bare) : undefined,
  };
}

/** Reports a name that could mean several things where it is written; `withKey` is a name with a key. */
function isAmbiguous(kernel: Kernel, { name, span }: Name, withKey: boolean, findings: Findings): boolean {
  const { program, map, variable } = meantBy(kernel, name);
  const spaces: NameSpace[] = withKey
    ? [...(map ? (['map'] as const) : []), ...(variable?.isArray ? (['variable'] as const) : [])]
    : [
        ...(program ? (['program'] as const) : []),
        ...(variable?.isArray === false ? (['variable'] as const) : []),
      ];
  if (spaces.length < 2) return false;
  const { message, help } = severalMeanings(name, spaces);
  findings.error('B0415', message, { span, help });
  return true;
}

const toNumber = (bytes: Uint8Array): bigint => bytes.reduceRight((n, b) => (n << 8n) | BigInt(b), 0n);

/** All names that a condition can use in a booted machine. */
function knownNames(kernel: Kernel): string[] {
  const counters = [...kernel.programs.keys()].flatMap((p) => COUNTERS.map((c) => `${p}.${c}`));
  const programs = kernel.programs.keys();
  return [
    ...kernel.globals.keys(),
    ...kernel.maps.keys(),
    ...programs,
    ...counters,
    'preempt_count',
    'absent',
  ];
}

/** True for what exists once for each CPU: it needs an index where there are several. */
const isPerCpu = (kernel: Kernel, name: string): boolean =>
  name === 'preempt_count' || findCounter(kernel, name)?.counter === 'active';

function checkName(kernel: Kernel, ast: ConditionAst & { kind: 'name' }, findings: Findings): void {
  const { name, span } = ast;
  if (isPerCpu(kernel, name)) {
    if (kernel.cpus === 1) return;
    const help = `write \`${name}[0]\``;
    findings.error('B0407', `\`${name}\` exists on each of ${kernel.cpus} CPUs`, { span, help });
    return;
  }
  if (findCounter(kernel, name) !== undefined || isAmbiguous(kernel, ast, false, findings)) return;
  const { program, map: named, variable } = meantBy(kernel, name);
  if (program !== undefined || variable?.isArray === false) return;
  const isMany = variable !== undefined || named !== undefined;
  const help = isMany ? `write \`${name}[0]\`` : didYouMean(name, knownNames(kernel));
  const what = isMany ? `\`${name}\` has many values` : `unknown name \`${name}\``;
  const expected = help === undefined ? 'a variable, MAP[KEY], or a count as PROGRAM.run_cnt' : undefined;
  findings.error('B0407', what, { span, help, expected });
}

function checkCpu(kernel: Kernel, cpu: Expr, findings: Findings): void {
  const index = evaluateConstant(cpu, NONE, findings);
  if (index !== undefined) cpuNumber(kernel, index, cpu.span, findings);
}

type ElementAst = ConditionAst & { kind: 'element' };

/** The text of a condition's element up to its key: what to write without a CPU, or before one. */
function withoutCpu(ast: ElementAst): string {
  const { source } = ast.span;
  return source.text.slice(ast.span.start, source.text.indexOf(']', ast.key.span.end) + 1);
}

function checkMapElement(kernel: Kernel, map: BpfMap, ast: ElementAst, findings: Findings): void {
  const { definition, info } = map;
  const { span } = ast.map;
  const key = evaluateConstant(ast.key, NONE, findings);
  const hasCpus = info.perCpu || info.family === 'perf';
  if (info.family === 'ring' || info.family === 'perf' || info.family === 'queue') {
    if (key !== undefined && key < 0n)
      findings.error('B0406', `${info.family === 'queue' ? 'elements' : 'records'} are counted from 0`, {
        span: ast.key.span,
        expected: '0 or more',
      });
  } else if (key !== undefined) checkKey(key, definition, ast.key.span, findings);
  if (definition.valueSize > 8) {
    const what = `values of \`${definition.name}\` have ${definition.valueSize} bytes`;
    findings.error('B0407', what, { span, expected: 'at most 8, to be compared as a number' });
  }
  if (ast.cpu !== undefined && hasCpus) checkCpu(kernel, ast.cpu, findings);
  else if (ast.cpu !== undefined) {
    const what = `\`${definition.name}\` has one value for all CPUs`;
    findings.error('B0407', what, { span: ast.span, help: `write \`${withoutCpu(ast)}\`` });
  } else if (hasCpus && kernel.cpus > 1) {
    const values = info.perCpu ? 'a value' : 'records';
    const what = `\`${definition.name}\` has ${values} on each of ${kernel.cpus} CPUs`;
    const help = `write \`${withoutCpu(ast)}[0]\` for that of CPU 0`;
    findings.error('B0407', what, { span: ast.span, help });
  }
}

function checkElement(kernel: Kernel, ast: ElementAst, findings: Findings): void {
  const { name, span } = ast.map;
  if (findings.doubts(splitSpacedName(name).bare) || isAmbiguous(kernel, ast.map, true, findings)) return;
  const { map, variable: global } = meantBy(kernel, name);
  if (map !== undefined && !(global?.isArray === true)) {
    checkMapElement(kernel, map, ast, findings);
    return;
  }
  if (ast.cpu !== undefined) {
    const what = `\`${name}\` is not a map with values for each CPU`;
    findings.error('B0407', what, { span: ast.span, help: `write \`${withoutCpu(ast)}\`` });
  }
  if (isPerCpu(kernel, name)) {
    checkCpu(kernel, ast.key, findings);
    return;
  }
  const index = evaluateConstant(ast.key, NONE, findings);
  if (global?.isArray === true) {
    if (index === undefined) return;
    if (index >= 0n && index < BigInt(global.count)) return;
    const expected = formatRange(0, global.count - 1);
    findings.error('B0405', `\`${name}\` has no element ${index}`, { span: ast.key.span, expected });
    return;
  }
  const help = didYouMean(name, knownNames(kernel));
  findings.error('B0407', `there is no map or array \`${name}\``, { span, help });
}

/** Finds what is wrong with a condition before anything runs. */
export function checkCondition(kernel: Kernel, ast: ConditionAst, findings: Findings): void {
  switch (ast.kind) {
    case 'number':
    case 'absent':
      return;
    case 'or':
    case 'and':
    case 'compare':
    case 'add':
    case 'subtract':
      checkCondition(kernel, ast.left, findings);
      checkCondition(kernel, ast.right, findings);
      return;
    case 'not':
    case 'negative':
      checkCondition(kernel, ast.operand, findings);
      return;
    case 'element':
      checkElement(kernel, ast, findings);
      return;
    case 'name':
      checkName(kernel, ast, findings);
      return;
    default:
      ast satisfies never;
  }
}

function readMap(kernel: Kernel, map: BpfMap, key: bigint, cpu: number): Value {
  const bytes = kernel.readElement(map, key, cpu);
  return bytes === undefined ? 'absent' : { number: toNumber(bytes), bits: bytes.length * 8 };
}

function readPerCpu(kernel: Kernel, name: string, cpu: number): Value {
  const named = findCounter(kernel, name);
  if (named !== undefined) return { number: toNumber(kernel.active(named.program, cpu)) };
  return { number: BigInt(kernel.preemptCount(cpu)) };
}

function readName(kernel: Kernel, name: string): Value {
  if (isPerCpu(kernel, name)) return readPerCpu(kernel, name, 0);
  const named = findCounter(kernel, name);
  if (named === undefined) {
    const { program, variable } = meantBy(kernel, name);
    if (program !== undefined) return { number: BigInt(program.id) };
    const global = variable!;
    return { number: kernel.readGlobal(global), ...(!global.signed && { bits: global.bits }) };
  }
  const stats = kernel.stats(named.program);
  switch (named.counter) {
    case 'run_cnt':
      return { number: stats.runCnt };
    case 'run_time_ns':
      return { number: stats.runTimeNs };
    case 'recursion_misses':
      return { number: stats.recursionMisses };
    case 'link_missed':
      return { number: stats.linkMissed };
    case 'retval':
      return { number: BigInt(kernel.testRunResult(named.program)), bits: 32 };
    case 'active':
      return readPerCpu(kernel, name, 0);
    default:
      return named.counter satisfies never;
  }
}

function readIndexed(kernel: Kernel, name: string, index: bigint, cpu: number): Value {
  if (isPerCpu(kernel, name)) return readPerCpu(kernel, name, Number(index));
  const { map, variable } = meantBy(kernel, name);
  if (map !== undefined) return readMap(kernel, map, index, cpu);
  const global = variable!;
  if (index < 0n || index >= BigInt(global.count)) return 'absent';
  return { number: kernel.readGlobal(global, Number(index)), ...(!global.signed && { bits: global.bits }) };
}

/** Both numbers as they are meant: an unsigned value beside a negative one is taken as signed. */
function aligned(left: Exclude<Value, 'absent'>, right: Exclude<Value, 'absent'>): [bigint, bigint] {
  const signed = (v: Exclude<Value, 'absent'>, other: bigint): bigint =>
    other < 0n && v.bits !== undefined ? BigInt.asIntN(v.bits, v.number) : v.number;
  return [signed(left, right.number), signed(right, left.number)];
}

function compare(op: ComparisonOp, left: Value, right: Value): boolean {
  if (left === 'absent' || right === 'absent')
    return op === '!=' ? left !== right : op === '==' && left === right;
  const [a, b] = aligned(left, right);
  switch (op) {
    case '==':
      return a === b;
    case '!=':
      return a !== b;
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
    default:
      return op satisfies never;
  }
}

type ComparisonOp = (ConditionAst & { kind: 'compare' })['op'];

/** The value of a condition that has been checked. Comparisons and logic give 1 or 0; an absent element counts 0. */
export function evaluateCondition(kernel: Kernel, ast: ConditionAst): Value {
  const number = (a: ConditionAst): bigint => {
    const value = evaluateCondition(kernel, a);
    return value === 'absent' ? 0n : value.number;
  };
  const truth = (b: boolean): Value => ({ number: b ? 1n : 0n });
  switch (ast.kind) {
    case 'number':
      return { number: ast.value };
    case 'absent':
      return 'absent';
    case 'name':
      return readName(kernel, ast.name);
    case 'element': {
      const cpu = ast.cpu === undefined ? 0n : (evaluateConstant(ast.cpu, NONE, new Findings()) ?? 0n);
      return readIndexed(
        kernel,
        ast.map.name,
        evaluateConstant(ast.key, NONE, new Findings()) ?? 0n,
        Number(cpu),
      );
    }
    case 'negative':
      return { number: -number(ast.operand) };
    case 'add':
      return { number: number(ast.left) + number(ast.right) };
    case 'subtract':
      return { number: number(ast.left) - number(ast.right) };
    case 'not':
      return truth(number(ast.operand) === 0n);
    case 'and':
      return truth(number(ast.left) !== 0n && number(ast.right) !== 0n);
    case 'or':
      return truth(number(ast.left) !== 0n || number(ast.right) !== 0n);
    case 'compare':
      return truth(
        compare(ast.op, evaluateCondition(kernel, ast.left), evaluateCondition(kernel, ast.right)),
      );
    default:
      return ast satisfies never;
  }
}

/** True if the condition holds. */
export function holds(kernel: Kernel, ast: ConditionAst): boolean {
  const value = evaluateCondition(kernel, ast);
  return value !== 'absent' && value.number !== 0n;
}

/** What the parts of a failed condition were: `on_delete.run_cnt is 3`. */
export function explainCondition(kernel: Kernel, ast: ConditionAst): string[] {
  switch (ast.kind) {
    case 'number':
    case 'absent':
      return [];
    case 'name':
    case 'element': {
      const { source, start, end } = ast.span;
      const value = evaluateCondition(kernel, ast);
      return [`${source.text.slice(start, end)} is ${value === 'absent' ? value : value.number}`];
    }
    case 'not':
    case 'negative':
      return explainCondition(kernel, ast.operand);
    default:
      return [...explainCondition(kernel, ast.left), ...explainCondition(kernel, ast.right)];
  }
}
