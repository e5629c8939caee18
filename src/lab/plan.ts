import { evaluateConstant } from '../isa/lower/context.js';
import { type Kernel, numberBytes } from '../kernel/kernel.js';
import { type BpfMap, copiedBytes, round8 } from '../kernel/map/storage.js';
import { fireName } from '../kernel/names.js';
import { TRAP_KINDS } from '../machine/trap.js';
import type { Expr } from '../syntax/ast.js';
import type { ActionAst, ElementAst, ExpectAst, Name, ScenarioAst } from '../syntax/lab-ast.js';
import { type Diagnostic, errorAt } from '../text/diagnostic.js';
import { didYouMean } from '../text/nearest.js';
import type { Span } from '../text/source.js';
import { checkCondition } from './expect.js';
import { checkFits } from './keys.js';

/** One thing a task does: call a function of the kernel, with its buffers filled before. */
export interface PlannedAction {
  /** As written, without the repetition. */
  readonly text: string;
  readonly fn: number;
  readonly args: readonly (bigint | 'key' | 'value')[];
  readonly key?: Uint8Array;
  readonly value?: Uint8Array;
  readonly times: number;
  readonly span: Span;
}

export interface PlannedCpu {
  readonly cpu: number;
  readonly actions: readonly PlannedAction[];
}

/** Most repetitions of one action. */
const MOST_TIMES = 1_000_000;

const NONE: ReadonlyMap<string, bigint> = new Map();

class Planner {
  readonly kernel: Kernel;
  readonly diagnostics: Diagnostic[];

  constructor(kernel: Kernel, diagnostics: Diagnostic[]) {
    this.kernel = kernel;
    this.diagnostics = diagnostics;
  }

  #number(expr: Expr): bigint {
    return evaluateConstant(expr, NONE, this.diagnostics);
  }

  /** A number as bytes of a key or value; nothing is cut off. */
  #bytes(expr: Expr, size: number, what: string): Uint8Array {
    const value = this.#number(expr);
    checkFits(value, size, what, expr.span, this.diagnostics);
    const bytes = numberBytes(value, size);
    return value < 0n && size > 8 ? bytes.fill(0xff, 8) : bytes;
  }

  #unknown(name: Name, what: string, names: Iterable<string>): undefined {
    this.diagnostics.push(
      errorAt('B0407', `there is no ${what} \`${name.name}\``, {
        span: name.span,
        help: didYouMean(name.name, names),
      }),
    );
    return undefined;
  }

  /** The bytes that an update passes: a number, one for every CPU where each has a value, or a program. */
  #value(map: BpfMap, value: Expr): Uint8Array | undefined {
    const { name, valueSize } = map.definition;
    if (map.info.family === 'pointers') {
      const program = value.kind === 'name' ? this.kernel.programs.get(value.name) : undefined;
      if (program !== undefined) return numberBytes(BigInt(program.id), valueSize);
      const programs = [...this.kernel.programs.keys()];
      const help = value.kind === 'name' ? didYouMean(value.name, programs) : undefined;
      const what = `\`${name}\` holds programs`;
      const expected = programs.length === 0 ? 'a program' : programs.join(', ');
      this.diagnostics.push(errorAt('B0407', what, { span: value.span, expected, help }));
      return undefined;
    }
    const one = this.#bytes(value, valueSize, `a value of ${name}`);
    const all = new Uint8Array(copiedBytes(map.definition, this.kernel.cpus));
    for (let at = 0; at < all.length; at += round8(valueSize)) all.set(one, at);
    return all;
  }

  #element(
    driver: string,
    element: ElementAst,
    value?: Expr,
  ): Pick<PlannedAction, 'fn' | 'args' | 'key' | 'value'> | undefined {
    const map = this.kernel.maps.get(element.map.name);
    if (map === undefined) return this.#unknown(element.map, 'map', this.kernel.maps.keys());
    const { name, keySize, type } = map.definition;
    if (map.info.family === 'ring') {
      const what = `\`${name}\` is a map of type ${type}, which has no keys`;
      const help = 'programs write records with bpf_ringbuf_output or bpf_ringbuf_reserve';
      this.diagnostics.push(errorAt('B0407', what, { span: element.span, help }));
      return undefined;
    }
    const address = this.kernel.symbols.addressOf(name);
    const key = this.#bytes(element.key, keySize, `a key of ${name}`);
    const fn = this.kernel.symbols.functionIndex(driver);
    if (value === undefined)
      return { fn, args: driver === 'map_lookup_elem' ? [address, 'key', 'value'] : [address, 'key'], key };
    const bytes = this.#value(map, value);
    if (bytes === undefined) return undefined;
    return { fn, args: [address, 'key', 'value', 0n], key, value: bytes };
  }

  #call(name: Name, fn: number, nargs: number, args: readonly Expr[]): Pick<PlannedAction, 'fn' | 'args'> {
    if (args.length !== nargs) {
      this.diagnostics.push(
        errorAt(
          'B0405',
          `\`${name.name}\` takes ${nargs} argument${nargs === 1 ? '' : 's'}, not ${args.length}`,
          { span: name.span },
        ),
      );
    }
    return { fn, args: args.map((a) => BigInt.asUintN(64, this.#number(a))) };
  }

  #deed(ast: ActionAst): Pick<PlannedAction, 'fn' | 'args' | 'key' | 'value'> | undefined {
    const { kernel } = this;
    switch (ast.kind) {
      case 'delete':
        return this.#element('map_delete_elem', ast.element);
      case 'lookup':
        return this.#element('map_lookup_elem', ast.element);
      case 'update':
        return this.#element('map_update_elem', ast.element, ast.value);
      case 'call': {
        const traced = kernel.traceable.get(ast.name.name);
        if (traced === undefined) return this.#unknown(ast.name, 'function', kernel.traceable.keys());
        return this.#call(ast.name, traced.fn, traced.nargs, ast.args);
      }
      case 'fire': {
        const nargs = kernel.tracepoints.get(ast.name.name);
        if (nargs === undefined) return this.#unknown(ast.name, 'tracepoint', kernel.tracepoints.keys());
        return this.#call(ast.name, kernel.symbols.functionIndex(fireName(ast.name.name)), nargs, ast.args);
      }
      default:
        return ast satisfies never;
    }
  }

  action(ast: ActionAst): PlannedAction | undefined {
    const deed = this.#deed(ast);
    const times = ast.times === undefined ? 1n : this.#number(ast.times);
    if (times < 0n || times > BigInt(MOST_TIMES)) {
      this.diagnostics.push(
        errorAt('B0405', `${times} repetitions`, {
          span: ast.times?.span ?? ast.span,
          expected: `0 to ${MOST_TIMES}`,
        }),
      );
      return undefined;
    }
    const { source, start, end } = ast.span;
    return deed === undefined
      ? undefined
      : { ...deed, text: source.text.slice(start, end), times: Number(times), span: ast.span };
  }

  expect(ast: ExpectAst): void {
    if (ast.kind === 'condition') checkCondition(this.kernel, ast.condition, this.diagnostics);
    else if (!(TRAP_KINDS as readonly string[]).includes(ast.fault.name)) {
      const help = didYouMean(ast.fault.name, TRAP_KINDS);
      this.diagnostics.push(
        errorAt('B0405', `there is no fault \`${ast.fault.name}\``, {
          span: ast.fault.span,
          expected: TRAP_KINDS.join(', '),
          help,
        }),
      );
    }
  }
}

/** Checks what a scenario does and expects against a booted machine, and prepares it. */
export function planScenario(kernel: Kernel, scenario: ScenarioAst, diagnostics: Diagnostic[]): PlannedCpu[] {
  const planner = new Planner(kernel, diagnostics);
  for (const e of scenario.expects) planner.expect(e);
  return scenario.cpus.map((c) => {
    const cpu = evaluateConstant(c.cpu, NONE, diagnostics);
    if (cpu < 0n || cpu >= BigInt(kernel.cpus)) {
      diagnostics.push(
        errorAt('B0405', `there is no CPU ${cpu}`, { span: c.cpu.span, expected: `0 to ${kernel.cpus - 1}` }),
      );
    }
    return {
      cpu: Number(cpu),
      actions: c.actions.map((a) => planner.action(a)).filter((a) => a !== undefined),
    };
  });
}
