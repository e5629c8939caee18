import { evaluateConstant } from '../isa/lower/context.js';
import type { Kernel, KernelMap } from '../kernel/kernel.js';
import type { ConditionAst } from '../syntax/lab-ast.js';
import { type Diagnostic, errorAt } from '../text/diagnostic.js';
import { didYouMean } from '../text/nearest.js';

/** A value in a condition: a number, or the absence of a map's element. */
type Value = bigint | 'absent';

const COUNTERS = ['run_cnt', 'run_time_ns', 'recursion_misses', 'active'] as const;
type Counter = (typeof COUNTERS)[number];

const isCounter = (name: string): name is Counter => (COUNTERS as readonly string[]).includes(name);

/** `on_delete.run_cnt` as program and counter; the program's name may hold dots itself. */
function splitCounter(name: string): { program: string; counter: string } | undefined {
  const dot = name.lastIndexOf('.');
  return dot < 0 ? undefined : { program: name.slice(0, dot), counter: name.slice(dot + 1) };
}

function toNumber(bytes: Uint8Array): bigint {
  return bytes.reduceRight((n, b) => (n << 8n) | BigInt(b), 0n);
}

/** All names that a condition can use in a booted machine. */
function knownNames(kernel: Kernel): string[] {
  const counters = [...kernel.programs.keys()].flatMap((p) => COUNTERS.map((c) => `${p}.${c}`));
  return [...kernel.globals.keys(), ...counters, 'preempt_count'];
}

/** Finds what is wrong with a condition before anything runs. */
export function checkCondition(kernel: Kernel, ast: ConditionAst, diagnostics: Diagnostic[]): void {
  switch (ast.kind) {
    case 'number':
    case 'absent':
      return;
    case 'or':
    case 'and':
    case 'compare':
    case 'add':
    case 'subtract':
      checkCondition(kernel, ast.left, diagnostics);
      checkCondition(kernel, ast.right, diagnostics);
      return;
    case 'not':
    case 'negative':
      checkCondition(kernel, ast.operand, diagnostics);
      return;
    case 'element': {
      const { name, span } = ast.map;
      evaluateConstant(ast.key, new Map(), diagnostics);
      const global = kernel.globals.get(name);
      if (kernel.maps.has(name) || (global !== undefined && global.count > 1)) return;
      const names = [...kernel.maps.keys(), ...kernel.globals.keys()];
      diagnostics.push(
        errorAt('B0407', `there is no map or array \`${name}\``, { span, help: didYouMean(name, names) }),
      );
      return;
    }
    case 'name': {
      const split = splitCounter(ast.name);
      if (ast.name === 'preempt_count' || kernel.globals.get(ast.name)?.count === 1) return;
      if (split !== undefined && kernel.programs.has(split.program) && isCounter(split.counter)) return;
      const isArray = kernel.globals.has(ast.name) || kernel.maps.has(ast.name);
      const help = isArray ? `write \`${ast.name}[0]\`` : didYouMean(ast.name, knownNames(kernel));
      diagnostics.push(
        errorAt('B0407', isArray ? `\`${ast.name}\` has many values` : `unknown name \`${ast.name}\``, {
          span: ast.span,
          help,
        }),
      );
      return;
    }
    default:
      ast satisfies never;
  }
}

function readElement(kernel: Kernel, map: KernelMap, key: bigint): Value {
  const at = kernel.findValue(map, key);
  if (at === undefined) return 'absent';
  return toNumber(kernel.memory.u8.slice(at, at + Math.min(8, map.definition.valueSize)));
}

function readName(kernel: Kernel, name: string): bigint {
  const global = kernel.globals.get(name);
  if (global !== undefined) return kernel.readGlobal(global);
  if (name === 'preempt_count') return BigInt(kernel.preemptCount(kernel.tasks[0]!));
  const split = splitCounter(name);
  const program = kernel.programs.get(split?.program ?? '')!;
  const stats = kernel.stats(program);
  const counter = (split?.counter ?? '') as Counter;
  switch (counter) {
    case 'run_cnt':
      return stats.runCnt;
    case 'run_time_ns':
      return stats.runTimeNs;
    case 'recursion_misses':
      return stats.recursionMisses;
    case 'active':
      return toNumber(kernel.active(program, 0));
    default:
      return counter satisfies never;
  }
}

const truth = (b: boolean): bigint => (b ? 1n : 0n);

function compare(op: string, left: Value, right: Value): boolean {
  if (left === 'absent' || right === 'absent')
    return op === '!=' ? left !== right : op === '==' && left === right;
  switch (op) {
    case '==':
      return left === right;
    case '!=':
      return left !== right;
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    default:
      return left >= right;
  }
}

/** The value of a condition that has been checked. Numbers are exact; comparisons and logic give 1 or 0. */
export function evaluateCondition(kernel: Kernel, ast: ConditionAst): Value {
  const number = (a: ConditionAst): bigint => {
    const value = evaluateCondition(kernel, a);
    return value === 'absent' ? 0n : value;
  };
  switch (ast.kind) {
    case 'number':
      return ast.value;
    case 'absent':
      return 'absent';
    case 'name':
      return readName(kernel, ast.name);
    case 'element': {
      const key = evaluateConstant(ast.key, new Map(), []);
      const map = kernel.maps.get(ast.map.name);
      if (map !== undefined) return readElement(kernel, map, key);
      const global = kernel.globals.get(ast.map.name)!;
      return key >= 0n && key < BigInt(global.count) ? kernel.readGlobal(global, Number(key)) : 'absent';
    }
    case 'negative':
      return -number(ast.operand);
    case 'add':
      return number(ast.left) + number(ast.right);
    case 'subtract':
      return number(ast.left) - number(ast.right);
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

const showValue = (value: Value): string => (value === 'absent' ? value : value.toString());

/** What the parts of a failed condition were: `on_delete.run_cnt is 3`. */
export function explainCondition(kernel: Kernel, ast: ConditionAst): string[] {
  switch (ast.kind) {
    case 'number':
    case 'absent':
      return [];
    case 'name':
      return [`${ast.name} is ${showValue(evaluateCondition(kernel, ast))}`];
    case 'element': {
      const { source, start, end } = ast.span;
      return [`${source.text.slice(start, end)} is ${showValue(evaluateCondition(kernel, ast))}`];
    }
    case 'not':
    case 'negative':
      return explainCondition(kernel, ast.operand);
    default:
      return [...explainCondition(kernel, ast.left), ...explainCondition(kernel, ast.right)];
  }
}
