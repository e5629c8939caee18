import type { ClaimAst, ConditionAst, ExpectAst, ScenarioAst } from '../syntax/lab-ast.js';
import { type Diagnostic, warningAt } from '../text/diagnostic.js';
import { formatPlace, type Span } from '../text/source.js';
import type { Doubts } from './environment.js';

type Operator = (ConditionAst & { kind: 'compare' })['op'];

/** One comparison with a constant, which must hold. */
interface Demand {
  /** What is compared, as it is written but for blanks. */
  readonly subject: string;
  readonly op: Operator;
  readonly value: bigint | 'absent';
  readonly span: Span;
}

const MIRRORED: Readonly<Record<Operator, Operator>> = {
  '==': '==',
  '!=': '!=',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
};

const textOf = ({ source, start, end }: Span): string => source.text.slice(start, end);

function constantOf(ast: ConditionAst): bigint | 'absent' | undefined {
  switch (ast.kind) {
    case 'number':
      return ast.value;
    case 'absent':
      return 'absent';
    case 'negative': {
      const of = constantOf(ast.operand);
      return typeof of === 'bigint' ? -of : undefined;
    }
    case 'add':
    case 'subtract': {
      const [a, b] = [constantOf(ast.left), constantOf(ast.right)];
      if (typeof a !== 'bigint' || typeof b !== 'bigint') return undefined;
      return ast.kind === 'add' ? a + b : a - b;
    }
    default:
      return undefined;
  }
}

/** The comparisons with constants that all have to hold where a condition does. */
export function demandsOf(ast: ConditionAst): Demand[] {
  if (ast.kind === 'and') return [...demandsOf(ast.left), ...demandsOf(ast.right)];
  if (ast.kind !== 'compare') return [];
  const { op, left, right, span } = ast;
  const [a, b] = [constantOf(left), constantOf(right)];
  if ((a === undefined) === (b === undefined)) return [];
  const subject = textOf(a === undefined ? left.span : right.span).replace(/\s+/g, '');
  return [{ subject, op: a === undefined ? op : MIRRORED[op], value: (a ?? b)!, span }];
}

const HOLDS: Readonly<Record<Operator, (a: bigint, b: bigint) => boolean>> = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

/** Whether a number is what a demand wants; of an absent element only that it is not a number, or none. */
export const meets = (found: bigint, { op, value }: Demand): boolean =>
  value === 'absent' ? op === '!=' : HOLDS[op](found, value);

/** Whether nothing can meet both. What is stored may be read as signed or not, so those of one sign are compared. */
function exclude(one: Demand, other: Demand): boolean {
  if (one.subject !== other.subject) return false;
  const { value: a } = one;
  const { value: b } = other;
  if (a === 'absent' || b === 'absent') {
    const wantsAbsent = [one, other].some((d) => d.value === 'absent' && d.op === '==');
    return wantsAbsent && [one, other].some((d) => (d.value === 'absent') === (d.op === '!='));
  }
  if (a < 0n !== b < 0n) return false;
  // If any number meets both, one next to a bound does.
  return ![a, b].some((n) => [n - 1n, n, n + 1n].some((m) => meets(m, one) && meets(m, other)));
}

/** What is said twice, and cannot be so both times. */
function pairs<T extends { readonly span: Span }>(
  all: readonly T[],
  areExclusive: (one: T, other: T) => boolean,
): Diagnostic[] {
  return all.flatMap((later, i) => {
    const earlier = all.slice(0, i).find((other) => areExclusive(other, later));
    if (earlier === undefined) return [];
    const message = `\`${textOf(later.span)}\` and \`${textOf(earlier.span)}\` cannot both hold`;
    const help = `leave one of them out: the other is at ${formatPlace(earlier.span)}`;
    return [warningAt('B0405', message, { span: later.span, help })];
  });
}

type Fault = ExpectAst & { kind: 'fault' };
type VerdictClaim = ClaimAst & { kind: 'verdict' };

/** A run ends in one fault. */
const areTwoFaults = (a: Fault, b: Fault): boolean =>
  a.fault.name !== b.fault.name || (a.at !== undefined && b.at !== undefined && a.at.name !== b.at.name);

const brokenBy = ({ breaks }: VerdictClaim): string =>
  breaks
    .map(({ name }) => name)
    .sort()
    .join();
/** An exploration comes to one verdict. */
const areTwoVerdicts = (a: VerdictClaim, b: VerdictClaim): boolean =>
  a.under?.name === b.under?.name && brokenBy(a) !== brokenBy(b);

function contradictionsIn({ expects, claims }: ScenarioAst): Diagnostic[] {
  const after = expects.flatMap((e) => (e.kind === 'condition' ? demandsOf(e.condition) : []));
  const during = claims.flatMap((c) =>
    c.kind === 'always' || c.kind === 'finally' ? demandsOf(c.condition) : [],
  );
  return [
    ...pairs(after, exclude),
    ...pairs(during, exclude),
    ...pairs(
      expects.filter((e): e is Fault => e.kind === 'fault'),
      areTwoFaults,
    ),
    ...pairs(
      claims.filter((c): c is VerdictClaim => c.kind === 'verdict'),
      areTwoVerdicts,
    ),
  ];
}

/** Expectations of which one can never hold where another one does. */
export const contradictions: Doubts = ({ scenario }) =>
  scenario === undefined ? [] : contradictionsIn(scenario);
