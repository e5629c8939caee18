import { errorAt } from '../../text/diagnostic.js';
import { Findings } from '../../text/findings.js';
import { didYouMean } from '../../text/nearest.js';
import { type Source, type Span, span } from '../../text/source.js';
import { CHECKS, type Check, readCheck } from './checks.js';

/** A lesson of the course. Texts are paragraphs, in which code is between backticks. */
export interface Lesson {
  readonly title: string;
  readonly text: readonly string[];
  readonly question: string;
  readonly hint: string | undefined;
  /** What is said once it is solved. */
  readonly solved: string;
  /** The lab it begins with: its own, or the name of a shipped one. */
  readonly lab: { readonly text: string } | { readonly name: string };
  /** Of which scenario the checks are; the first, if undefined. */
  readonly scenario: string | undefined;
  /** Under which guard and kernel the checks run, whatever the reader's lab says. */
  readonly guard: string | undefined;
  readonly kernel: string | undefined;
  /** Declarations the reader may change, as `guard mine`; all may be if there are none. */
  readonly change: readonly string[];
  /** All of them have to pass, in this order. */
  readonly checks: readonly Check[];
}

/** What a lesson says, and whether it must. Paragraphs may go over several lines, all else is one line. */
const HEADS = {
  title: { needed: true, many: false },
  text: { needed: true, many: false },
  question: { needed: true, many: false },
  hint: { needed: false, many: false },
  solved: { needed: true, many: false },
  scenario: { needed: false, many: false },
  guard: { needed: false, many: false },
  kernel: { needed: false, many: false },
  change: { needed: false, many: false },
  check: { needed: true, many: true },
  /** Comes last: with nothing after it on its line, the rest of the file is the lab. */
  lab: { needed: true, many: false },
} as const;
type Head = keyof typeof HEADS;
const HEAD_NAMES = Object.keys(HEADS) as readonly Head[];

const isHead = (word: string): word is Head => Object.hasOwn(HEADS, word);

interface Part {
  readonly head: Head;
  readonly text: string;
  readonly at: Span;
}

const WHAT_COMES = `\`title:\`, \`text:\` or another of ${HEAD_NAMES.join(', ')}`;

/** The parts of a file, in order. A comment is a line of its own. */
function partsOf(source: Source, findings: Findings): Part[] {
  const parts: { head: Head; lines: string[]; at: Span }[] = [];
  let start = 0;
  for (const line of source.text.split('\n')) {
    const at = span(source, start, start + line.trimEnd().length);
    start += line.length + 1;
    const [, word, rest = ''] = /^(\w+):(?:\s+(.*))?$/.exec(line.trimEnd()) ?? [];
    if (word !== undefined && isHead(word)) {
      parts.push({ head: word, lines: [rest], at });
      if (word === 'lab' && rest === '') {
        parts.at(-1)!.lines = [source.text.slice(start)];
        break;
      }
    } else if (word !== undefined && /^[a-z]+$/.test(word)) {
      const help = didYouMean(word, HEAD_NAMES);
      findings.error('B0101', `a lesson has no \`${word}\``, { span: at, expected: WHAT_COMES, help });
    } else if (line.startsWith('//')) continue;
    else if (parts.length > 0) parts.at(-1)!.lines.push(line.trimEnd());
    else if (line.trim() !== '')
      findings.error('B0101', 'a lesson begins with its title', { span: at, expected: WHAT_COMES });
  }
  return parts.map(({ head, lines, at }) => ({ head, text: lines.join('\n').trim(), at }));
}

const paragraphs = (text: string): string[] =>
  text.split(/\n\s*\n/).map((paragraph) => paragraph.replace(/\s*\n\s*/g, ' ').trim());

function checksOf(parts: readonly Part[], findings: Findings): Check[] {
  const checks = parts.flatMap(({ text, at }) => {
    const check = readCheck(text);
    if (!('message' in check)) return [check];
    findings.error('B0101', check.message, { span: at, expected: check.expected });
    return [];
  });
  const typed = checks.filter((check) => CHECKS[check.kind].isTyped);
  if (typed.length > 1)
    findings.error('B0101', 'only one answer can be typed', {
      span: parts.at(-1)?.at,
      help: 'ask for the second in a lesson of its own',
    });
  return checks;
}

/** Reads a lesson. Throws `InputError` with all that is wrong with it, short of what its lab and conditions say. */
export function parseLesson(source: Source): Lesson {
  const findings = new Findings();
  const parts = partsOf(source, findings);
  const found = (head: Head): Part[] => parts.filter((part) => part.head === head);
  for (const head of HEAD_NAMES) {
    const { needed, many } = HEADS[head];
    const [first, second] = found(head);
    if (first === undefined && needed)
      findings.add(
        errorAt('B0101', `the lesson has no \`${head}\``, {
          span: span(source, 0, 0),
          expected: `a line that begins with \`${head}:\``,
        }),
      );
    if (first?.text === '')
      findings.error('B0101', `there is nothing after \`${head}:\``, { span: first.at });
    if (second !== undefined && !many)
      findings.error('B0101', `\`${head}\` is given twice`, {
        span: second.at,
        help: 'leave one of them out',
      });
  }
  const checks = checksOf(found('check'), findings);
  findings.orThrow();
  const one = (head: Head): string | undefined => {
    const text = found(head)[0]?.text;
    return text === undefined ? undefined : paragraphs(text).join(' ');
  };
  const lab = found('lab')[0]!;
  const isName = source.text.slice(lab.at.start, lab.at.end) !== 'lab:';
  return {
    title: one('title')!,
    text: paragraphs(found('text')[0]!.text),
    question: one('question')!,
    hint: one('hint'),
    solved: one('solved')!,
    lab: isName ? { name: lab.text } : { text: `${lab.text}\n` },
    scenario: one('scenario'),
    guard: one('guard'),
    kernel: one('kernel'),
    change: (one('change') ?? '').split(',').flatMap((what) => what.trim() || []),
    checks,
  };
}
