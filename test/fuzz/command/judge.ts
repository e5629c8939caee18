import { CODES, isCode } from '../../../src/text/codes.js';
import type { Wrong } from '../target.js';
import type { CommandRun } from './run.js';

/** What a command was given, as far as its answer has to fit it. */
export interface Given {
  /** The name that diagnostics give the input, and its text; absent for bytes. */
  readonly file?: string;
  readonly text?: string;
  /** `--max-insns`, where the command prints how many were executed. */
  readonly maxInsns?: number;
}

/** What may be said of a text without a place: trouble with the command line, or with a file as a whole. */
const PLACELESS = new Set(['B0408', 'B0505', 'B0603', 'B0604', 'B0801', 'B0802', 'B0803', 'B0804']);
const needsPlace = (code: string): boolean => !PLACELESS.has(code) && !code.startsWith('B1');

/** Instructions that a run may go beyond its budget: it is looked at when a jump goes back or a function is entered. */
const SLACK = 10_000;

/** Words that come of a value nobody thought of. */
const STRAY = /\bNaN\b|\bundefined\b|\[object \w+\]|\bInfinity\b/g;

const wrong = (kind: string, details: string): Wrong => ({ kind, details });

interface Said {
  readonly severity: string;
  readonly code: string;
  readonly message: string;
  readonly place: { readonly file: string; readonly line: number; readonly column: number } | undefined;
}

/** The diagnostics in what was written for people. */
function saidIn(stderr: string): Said[] {
  const titles = /^(error|warning|note)\[(\w+)\]: (.*)\n(?: *--> (.*):(\d+):(\d+)$)?/gm;
  return [...stderr.matchAll(titles)].map(([, severity, code, message, file, line, column]) => ({
    severity: severity!,
    code: code!,
    message: message!,
    place: file === undefined ? undefined : { file, line: Number(line), column: Number(column) },
  }));
}

let split: { readonly text: string; readonly lines: readonly string[] } = { text: '', lines: [''] };

/** The lines of a text, cut once for all of its diagnostics. */
function linesOf(text: string): readonly string[] {
  if (split.text !== text) split = { text, lines: text.split('\n') };
  return split.lines;
}

function judgeDiagnostic({ severity, code, message, place }: Said, given: Given): Wrong | undefined {
  if (!isCode(code)) return wrong('an unknown code', `${code}: ${message}`);
  if (code === 'B0901') return wrong(`internal error: ${message.replace(/\d+/g, 'N').slice(0, 80)}`, message);
  if (message.trim() === '') return wrong(`${code} without a message`, CODES[code].title);
  if (place === undefined)
    return severity === 'error' && given.text !== undefined && needsPlace(code)
      ? wrong(`${code} without a place`, `${code}: ${message}`)
      : undefined;
  if (given.text === undefined || place.file !== given.file) return undefined;
  const line = linesOf(given.text)[place.line - 1];
  if (line === undefined || place.column < 1 || place.column > [...line].length + 1)
    return wrong(
      `${code} at a place outside of the text`,
      `${code} at ${place.line}:${place.column}: ${message}`,
    );
  return undefined;
}

/** Words in an output that come of a value nobody thought of. */
export function strayIn(output: string, given: Given): Wrong | undefined {
  for (const [word] of output.matchAll(STRAY)) {
    // What the input says may come back.
    if (given.text?.includes(word) === true) continue;
    const at = output.indexOf(word);
    return wrong(`\`${word}\` in the output`, output.slice(Math.max(0, at - 300), at + 200));
  }
  return undefined;
}

/** What is wrong with the diagnostics in a text for people. */
export function judgeSaid(text: string, given: Given): Wrong | undefined {
  for (const said of saidIn(text)) {
    const bad = judgeDiagnostic(said, given);
    if (bad !== undefined) return bad;
  }
  return undefined;
}

interface Document {
  readonly version?: unknown;
  readonly error?: readonly Said[];
  readonly scenarios?: readonly { readonly executed: number }[];
}

function judgeDocument(run: CommandRun, given: Given): Wrong | undefined {
  let document: Document;
  try {
    document = JSON.parse(run.stdout) as Document;
  } catch (e) {
    return wrong('no valid JSON', `${String(e)}: ${run.stdout.slice(0, 2000)}`);
  }
  if (document.version !== 1) return wrong('JSON without a version', run.stdout.slice(0, 500));
  for (const said of document.error ?? []) {
    const bad = judgeDiagnostic({ ...said, severity: 'error', place: said.place ?? undefined }, given);
    if (bad !== undefined) return bad;
  }
  if (given.maxInsns === undefined) return undefined;
  const most = given.maxInsns + SLACK;
  const long = document.scenarios?.find((s) => !(s.executed <= most));
  return long === undefined ? undefined : wrong('more executed than allowed', `${long.executed} of ${most}`);
}

/** Characters that steer a terminal, or change the direction in which it writes. */
const STEERING = /(?![\n\t])[\p{Cc}\u2028\u2029]|[\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

/** Nothing of an input reaches a terminal as it is that could steer it. */
export function judgeCharacters(output: string): Wrong | undefined {
  const found = STEERING.exec(output);
  if (found === null) return undefined;
  const code = found[0].codePointAt(0)!.toString(16).padStart(4, '0');
  return wrong(
    `U+${code} in the output`,
    JSON.stringify(output.slice(Math.max(0, found.index - 200), found.index + 100)),
  );
}

/** What is wrong with how the command ended and what it said, whatever it was given. */
export function judgeRun(run: CommandRun, given: Given): Wrong | undefined {
  const { status, stdout, stderr, args } = run;
  const isJson = args.includes('--json');
  const output = stdout + stderr;
  const said = saidIn(stderr);
  if (status === null || ![0, 1, 2].includes(status)) {
    const [internal] = said.filter((s) => s.code === 'B0901');
    return (internal && judgeDiagnostic(internal, given)) ?? wrong(`status ${status}`, output.slice(-2000));
  }
  if (/^\s+at .*:\d+:\d+\)?$/m.test(output)) return wrong('a stack trace', output.slice(-2000));
  if (isJson) {
    const bad = judgeDocument(run, given);
    if (bad !== undefined) return bad;
  }
  const bad = judgeSaid(stderr, given);
  if (bad !== undefined) return bad;
  if (status === 0 && said.some((s) => s.severity === 'error'))
    return wrong('an error, but status 0', stderr.slice(0, 2000));
  if (status !== 0 && output === '') return wrong(`status ${status}, and nothing said`, '');
  return judgeCharacters(output) ?? strayIn(isJson ? stderr : output, given);
}
