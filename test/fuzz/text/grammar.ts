// cspell:ignore abcxyz pexprs
import { type Grammar, type PExpr, pexprs } from 'ohm-js';
import type { Random } from '../random.js';

/** What the parts of a grammar's expressions hold; ohm-js gives the classes, but no types for their fields. */
interface Parts {
  readonly obj: string;
  readonly from: string;
  readonly to: string;
  readonly index: number;
  readonly terms: readonly PExpr[];
  readonly factors: readonly PExpr[];
  readonly expr: PExpr;
  readonly ruleName: string;
  readonly args: readonly PExpr[];
}
const parts = (e: PExpr): Parts => e as unknown as Parts;

/** Words for a rule that are better than what its letters give: names that exist, numbers that matter. */
export type Words = (rule: string, random: Random) => string | undefined;

/** What `any` and letters of no alphabet in particular become. */
const ANY = [...'abcxyz_019 .-+*/(){}[]<>=!&|^%,:;"\'#@é'];

/** Where an expression is made: what the parameters of its rule stand for, and whether blanks may be put in. */
interface Scope {
  readonly args: readonly ((depth: number) => string)[];
  readonly isSyntactic: boolean;
  readonly random: Random;
  readonly words: Words;
}

/** Rules nested deeper than this end as soon as they can. */
const DEEP = 14;

/**
 * Makes sentences of a grammar by walking its rules, so that every production is reached, those that no lab uses among
 * them. What a rule must not be followed by is not looked at, so a few are not sentences after all.
 */
export class Sentences {
  readonly #grammar: Grammar;
  readonly #heights = new Map<string, number>();

  constructor(grammar: Grammar) {
    this.#grammar = grammar;
    // Heights fall until none does: a rule that leads to itself has that of its other ways out.
    for (let changed = true; changed; ) {
      changed = false;
      for (const name in grammar.rules) {
        const height = 1 + this.#height(grammar.rules[name]!.body);
        if (height >= (this.#heights.get(name) ?? Infinity)) continue;
        this.#heights.set(name, height);
        changed = true;
      }
    }
  }

  /** `words` is asked first whatever a rule is to become. */
  make(rule: string, random: Random, words: Words): string {
    return this.#rule(rule, { args: [], isSyntactic: true, random, words }, 0);
  }

  /** How many rules lie below an expression at least. */
  #height(e: PExpr): number {
    const { terms, factors, expr, ruleName, args } = parts(e);
    if (e instanceof pexprs.Alt) return Math.min(...terms.map((t) => this.#height(t)));
    if (e instanceof pexprs.Seq) return Math.max(0, ...factors.map((f) => this.#height(f)));
    if (e instanceof pexprs.Star || e instanceof pexprs.Opt) return 0;
    if (e instanceof pexprs.Plus || e instanceof pexprs.Lex) return this.#height(expr);
    if (e instanceof pexprs.Apply)
      return Math.max(this.#heights.get(ruleName) ?? Infinity, ...args.map((a) => this.#height(a)));
    return 0;
  }

  #rule(name: string, scope: Scope, depth: number): string {
    const { random, words } = scope;
    const word = random.chance(90) ? words(name, random) : undefined;
    if (word !== undefined) return word;
    const rule = this.#grammar.rules[name];
    if (rule === undefined) throw new Error(`the grammar has no rule ${name}`);
    return this.#make(rule.body, { ...scope, isSyntactic: /^[A-Z]/.test(name) }, depth + 1);
  }

  #make(e: PExpr, scope: Scope, depth: number): string {
    const { obj, from, to, index, terms, factors, expr, ruleName, args } = parts(e);
    const { random } = scope;
    const inside = (inner: PExpr): string => this.#make(inner, scope, depth);
    const gap = (): string => (scope.isSyntactic && random.chance(98) ? ' ' : '');
    const many = (least: number): string => {
      let n = least;
      while (depth < DEEP && n < 20 && random.chance(45)) n += 1;
      return Array.from({ length: n }, () => inside(expr)).join(gap());
    };
    if (e === pexprs.any) return random.of(ANY);
    if (e === pexprs.end || e instanceof pexprs.Not || e instanceof pexprs.Lookahead) return '';
    if (e instanceof pexprs.Terminal || e instanceof pexprs.CaseInsensitiveTerminal) return String(obj);
    if (e instanceof pexprs.Range)
      return String.fromCodePoint(random.between(from.codePointAt(0)!, to.codePointAt(0)!));
    if (e instanceof pexprs.Param) return scope.args[index]!(depth);
    if (e instanceof pexprs.UnicodeChar) return random.of(['é', 'ß', '名', 'Ω']);
    if (e instanceof pexprs.Alt) {
      if (depth < DEEP) return inside(random.of(terms));
      const heights = terms.map((t) => this.#height(t));
      return inside(terms[heights.indexOf(Math.min(...heights))]!);
    }
    if (e instanceof pexprs.Seq)
      return factors.map(inside).reduce((a, b) => (a === '' || b === '' ? a + b : a + gap() + b), '');
    if (e instanceof pexprs.Star) return many(0);
    if (e instanceof pexprs.Plus) return many(1);
    if (e instanceof pexprs.Opt) return depth < DEEP && random.chance(50) ? inside(expr) : '';
    if (e instanceof pexprs.Lex) return this.#make(expr, { ...scope, isSyntactic: false }, depth);
    if (e instanceof pexprs.Apply) {
      const given = args.map((a) => (at: number) => this.#make(a, scope, at));
      return this.#rule(ruleName, { ...scope, args: given }, depth);
    }
    throw new Error(`an expression of a grammar that is not known: ${e.constructor.name}`);
  }
}
