import type { Grammar } from 'ohm-js';
import command from '#grammar/command.ohm-bundle.js';
import percpu from '#grammar/percpu.ohm-bundle.js';
import schedule from '#grammar/schedule.ohm-bundle.js';
import { bpfGrammar, labGrammar, mnemonicGrammar } from '../../src/syntax/tree.js';
import type { Diagnostic } from '../../src/text/diagnostic.js';
import { formatDiagnostic } from '../../src/text/format.js';

function rulesOf(grammar: Grammar): { name: string; description: string }[] {
  const rules: { name: string; description: string }[] = [];
  for (const name in grammar.rules) {
    const { description } = grammar.rules[name] as { description: string | null };
    rules.push({ name, description: description ?? '' });
  }
  return rules;
}

const RULES = [bpfGrammar, labGrammar, mnemonicGrammar].flatMap(rulesOf);
const DESCRIPTIONS = new Set(
  [...RULES, ...[command, percpu, schedule].flatMap(rulesOf)].map((r) => r.description),
);
/** Words that a message may use since they are English, or since the user's language has them. */
const ENGLISH = new Set([
  ...RULES.flatMap((r) => r.description.match(/\w+/g) ?? []),
  ...'any digits end first head item items label letter line list notes number only operator operand other part place program'.split(
    ' ',
  ),
  ...'reg rest scenario special statement target terms test time type value word any both often set space spaces store lower'.split(
    ' ',
  ),
  ...'upper digit sign level fire delete update lookup element arguments condition exit goto call if lock object user global'.split(
    ' ',
  ),
  ...'percpu tracepoint setting event moment repeat join sleep provide migrate effect action actions field string escape title flag'.split(
    ' ',
  ),
  ...'function map names register address access cast relation memory offset tail packet pointer move release relative annotation'.split(
    ' ',
  ),
]);
/** Names of rules that can only have come from a grammar. */
const INTERNAL = new Set(RULES.map((r) => r.name).filter((name) => !ENGLISH.has(name.toLowerCase())));

const squeeze = (text: string): string => text.trim().replace(/\s+/g, ' ');

/** The options that a command has, by the command's name. */
export type Options = ReadonlyMap<string, ReadonlySet<string>>;

/** An option is one of the command that is named before it, or else one of `run`, which reads the same text. */
function unknownOptions(text: string, options: Options): string[] {
  return [...text.matchAll(/(?:tinybpf (\w+)[^`]*?)?((?<![\w.-])--[a-z][\w-]*)/g)].flatMap(
    ([, command = 'run', option]) =>
      options.get(command)?.has(option!) === true ? [] : [`${option} is not an option of ${command}`],
  );
}

/** What is left of what was expected of a statement when all that the grammar describes, and literals, are taken out. */
function undescribed(expected: string): string {
  const known = [...DESCRIPTIONS, 'the end of the statement'].filter((d) => d !== '');
  const rest = known
    .sort((a, b) => b.length - a.length)
    .reduce((text, d) => text.replaceAll(d, ''), expected);
  return rest.replace(/`[^`]+`/g, '').replace(/\bor\b|[,\s]/g, '');
}

/** What is wrong with a diagnostic, whatever it is about. */
export function complaintsOf(d: Diagnostic, options: Options): string[] {
  const complaints: string[] = [];
  const texts = [d.message, d.expected, d.help, ...(d.notes ?? [])].filter((t) => t !== undefined);
  for (const text of texts) {
    if (text.trim() === '' || /``|undefined|\[object/.test(text)) complaints.push('an empty part');
    const plain = text.replace(/`[^`]*`/g, '');
    for (const word of plain.match(/[A-Za-z]\w*/g) ?? [])
      if (INTERNAL.has(word)) complaints.push(`the name of a rule: ${word}`);
    for (const [range, low, high] of plain.matchAll(/(-?\d+) to (-?\d+)/g))
      if (Number(low) >= Number(high)) complaints.push(`a range that is none: ${range}`);
    complaints.push(...unknownOptions(text, options));
  }
  if (/\bnot an? |not "/.test(d.expected ?? '')) complaints.push('what is not expected');
  if (d.code === 'B0101' && d.expected !== undefined) {
    const odd = undescribed(d.expected);
    if (odd !== '') complaints.push(`expectations without a description: ${odd}`);
  }
  if (d.span === undefined) complaints.push('no place');
  else {
    const { source, start, end } = d.span;
    if (start < 0 || end > source.text.length || end < start) complaints.push('a place outside the text');
    const written = source.text.slice(start, end);
    for (const [, meant] of (d.help ?? '').matchAll(/(?:did you mean|or) `([^`]*)`/g))
      if (meant === written) complaints.push('a suggestion of what was written');
    const line = source.text.slice(source.text.lastIndexOf('\n', start - 1) + 1).split('\n')[0]!;
    const whole = /^write `([^`]*)`$/.exec(d.help ?? '')?.[1];
    if (whole !== undefined && squeeze(whole) === squeeze(line)) complaints.push('the same statement again');
  }
  return complaints.map((c) => `${c}\n${formatDiagnostic(d)}`);
}
