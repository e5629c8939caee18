import { printKernel } from '../isa/print/kernel.js';
import type { Kernel, Program } from '../kernel/kernel.js';
import { MODELS } from '../kernel/model.js';
import type { Judge } from '../lab/judge.js';
import type { ScenarioAst } from '../syntax/lab-ast.js';
import { REFUSAL_CODES } from '../text/codes-refused.js';
import { UNWRITTEN_CODES } from '../text/codes-unwritten.js';
import { type Diagnostic, distinct, noteAt, warningAt } from '../text/diagnostic.js';
import { formatPlace, type Span } from '../text/source.js';
import type { Refusal, Verdict, VerifyRequest } from '../verify/request.js';
import { verifyWithLog } from '../verify/verify.js';
import { kindOfRefusal } from './refusals.js';
import { requestOf, type Unasked, unitOf } from './requests.js';

/** What Linux would say of one program. */
export interface Judged {
  readonly program: string;
  /** The kernel's release that was asked. */
  readonly release: string;
  readonly verdict: Verdict;
  /** The kernel's log, where one is asked for. */
  readonly log: readonly string[];
  /** A warning, where the program is refused; where it is not judged, a note. */
  readonly diagnostic?: Diagnostic;
}

/** What the verifier here lacks, in the words of a sentence. */
const unknownHere = (what: string): string => `the verifier here does not know ${what}`;

/** What the kernel says where a program comes without types that it wants to have. A lab does not say any. */
const LACKS_TYPES = /\bBTF\b|btf func_info/;
const WITHOUT_TYPES = 'it comes without the types that Linux wants to have';

const TITLES = { ...REFUSAL_CODES, ...UNWRITTEN_CODES };

/** The line at a place, without what surrounds it. */
function lineOf({ source: { text }, start }: Span): string {
  const end = text.indexOf('\n', start);
  return text.slice(text.lastIndexOf('\n', start - 1) + 1, end < 0 ? text.length : end).trim();
}

function spanAt(kernel: Kernel, program: Program, slot: number | undefined): Span | undefined {
  const { code } = kernel.machine.text.placementOf(program.fn)!;
  return (slot === undefined ? undefined : code.insnAt(slot)?.span) ?? program.span;
}

/** A branch by its text in a lab. Of C by its line, which does not say which way the jump goes, and as the kernel writes it. */
function branchText(kernel: Kernel, program: Program, slot: number): string {
  const { code } = kernel.machine.text.placementOf(program.fn)!;
  const insn = code.insnAt(slot);
  const at = spanAt(kernel, program, slot);
  const own = insn === undefined ? `instruction ${slot}` : `\`${printKernel(insn)}\``;
  if (at === undefined) return own;
  if (unitOf(kernel, program) !== undefined) return `${formatPlace(at)} \`${lineOf(at)}\`, ${own}`;
  return `${formatPlace(at)} \`${at.source.text.slice(at.start, at.end)}\``;
}

/** The branches that lead to the instruction, each with its line, and what is known since. */
function pathNotes(kernel: Kernel, program: Program, { way }: Refusal): string[] {
  if (way === undefined) return [];
  const unnamed = way.branches - way.last.length;
  const before = unnamed > 0 ? [`the way there: ${unnamed} branches, then`] : [];
  const steps = way.last.map(({ slot, isTaken, known }) => {
    const since = known.length === 0 ? '' : `, ${known.join(', ')}`;
    return `the way there: ${branchText(kernel, program, slot)} ${isTaken ? 'taken' : 'not taken'}${since}`;
  });
  return [...before, ...steps];
}

function diagnosticOf(kernel: Kernel, program: Program, refusal: Refusal): Diagnostic {
  const { message, errno, slot, before = [] } = refusal;
  const { name, release } = kernel.model;
  // Messages are kept as the newest kernel has them.
  const newest = MODELS[0]!.release;
  const words = release === newest ? 'says' : `would say, in the words of Linux ${newest}`;
  const span = spanAt(kernel, program, slot);
  const said = [...before, message].filter((line) => line !== '');
  const { code, help } = kindOfRefusal(said);
  return warningAt(code, `Linux ${release} does not load \`${program.name}\`: ${TITLES[code].title}`, {
    ...(span && { span }),
    ...(help !== undefined && { help }),
    notes: [
      ...(said.length === 0 ? [] : [`the verifier of ${name} ${words}: ${said.join('; ')}`]),
      `the kernel answers -${errno}`,
      ...pathNotes(kernel, program, refusal),
    ],
  });
}

function notJudged(kernel: Kernel, program: Program, { why, isOnlyHere }: Unasked): Judged {
  const { name } = program;
  const { release } = kernel.model;
  const span = spanAt(kernel, program, undefined);
  const message =
    isOnlyHere === true
      ? `Linux ${release} is not asked about \`${name}\`, which is a program for this emulator only`
      : `it is not known whether Linux ${release} loads \`${name}\``;
  const diagnostic = noteAt('B0421', message, { ...(span && { span }), notes: [why] });
  return { program: name, release, verdict: { kind: 'not judged', why }, log: [], diagnostic };
}

function judgeProgram(kernel: Kernel, program: Program, level: 1 | 2 | undefined): Judged {
  const { release } = kernel.model;
  const of = { program: program.name, release };
  const request: VerifyRequest | Unasked = requestOf(kernel, program);
  if ('why' in request) return notJudged(kernel, program, request);
  const { verdict, log } = verifyWithLog(request, level);
  if (verdict.kind === 'not judged') return notJudged(kernel, program, { why: unknownHere(verdict.why) });
  if (verdict.kind !== 'refused') return { ...of, verdict, log };
  const { message } = verdict.refusal;
  if (request.program === undefined && LACKS_TYPES.test(message))
    return { ...notJudged(kernel, program, { why: `${WITHOUT_TYPES}: ${message}` }), log };
  return { ...of, verdict, log, diagnostic: diagnosticOf(kernel, program, verdict.refusal) };
}

/** What a verdict depends on besides the lab and the options of a command, which has one of each. */
function keyOf(
  { model, cpus }: Kernel,
  { name, attach }: Program,
  scenario: ScenarioAst | undefined,
): string {
  const values = (scenario?.settings ?? []).flatMap(({ kind, span }) =>
    kind === 'set' ? [span.source.text.slice(span.start, span.end)] : [],
  );
  return JSON.stringify([model.name, cpus, name, attach, values]);
}

export interface LinuxOptions {
  /** Whether programs that Linux would not load are refused. */
  readonly refuses?: boolean;
  /** Log level of the logs. */
  readonly level?: 1 | 2;
  /** Is told once of each program that runs although Linux would refuse it, before it runs. */
  readonly say?: (diagnostic: Diagnostic) => void;
}

/** Linux, by the verifier of each machine's release. One serves for one lab; it is asked of each program once. */
export class Linux implements Judge {
  readonly refuses: boolean;
  readonly #options: LinuxOptions;
  readonly #known = new Map<string, Judged>();
  #said: readonly Diagnostic[] = [];

  constructor(options: LinuxOptions = {}) {
    this.refuses = options.refuses === true;
    this.#options = options;
  }

  get judged(): readonly Judged[] {
    return [...this.#known.values()];
  }

  get notJudged(): readonly Diagnostic[] {
    const notes = this.judged.flatMap(({ verdict, diagnostic }) =>
      verdict.kind === 'not judged' && diagnostic !== undefined ? [diagnostic] : [],
    );
    return distinct(notes);
  }

  ask(kernel: Kernel, scenario: ScenarioAst | undefined): readonly Diagnostic[] {
    return [...kernel.programs.values()].flatMap((program) => {
      const key = keyOf(kernel, program, scenario);
      const known = this.#known.get(key);
      const judged = known ?? judgeProgram(kernel, program, this.#options.level);
      this.#known.set(key, judged);
      const { diagnostic, verdict } = judged;
      return diagnostic === undefined || verdict.kind !== 'refused' ? [] : [diagnostic];
    });
  }
  warn(warnings: readonly Diagnostic[]): void {
    const all = distinct([...this.#said, ...warnings]);
    for (const fresh of all.slice(this.#said.length)) this.#options.say?.(fresh);
    this.#said = all;
  }
}
