import type { LabActionDict } from '#grammar/tinybpf.ohm-bundle.js';
import { errorAt } from '../text/diagnostic.js';
import { didYouMean, nearest } from '../text/nearest.js';
import { type Source, type Span, span } from '../text/source.js';
import type { Line } from './ast.js';
import { DECLARATION, GUARD_FIELD, HEAD, type HeadAst, MAP_FIELDS, STRUCT_FIELDS } from './declarations.js';
import type {
  ActionAst,
  ClaimAst,
  DeclarationAst,
  EventAst,
  ExpectAst,
  GuardAst,
  LabAst,
  MapAst,
  Name,
  ScenarioAst,
  SettingAst,
  SourceAst,
  StructAst,
  TaskAst,
} from './lab-ast.js';
import { parseLines } from './parse-program.js';
import { type Language, LONGEST_STATEMENT, type Parsed, Reading, refuseMonster } from './reading.js';
import { isInScenario } from './reserved.js';
import { ACTIONS, INNER_HEAD, SCENARIO_LINE } from './scenarios.js';
import { explainActionSlip, explainScenarioSlip } from './slips.js';
import { type Block, type Node, type Statement, splitStatements } from './split.js';
import { MemberReader } from './struct-type.js';
import { labGrammar, read } from './tree.js';

const BLOCKS = ['map', 'program', 'function', 'guard', 'scenario', 'struct'] as const;
const STATEMENTS = ['global', 'user', 'object', 'percpu', 'tracepoint'] as const;
const DECLARATIONS: readonly string[] = [...BLOCKS, ...STATEMENTS];
const isBlockWord = (word: string): boolean => BLOCKS.some((b) => b === word);

/** `map NAME max_entries N` of a map of an object; a declaration has a type. */
const isMapSize = (text: string): boolean => /^map\s+[^\s:]+\s+[^\s:]/.test(text);

const CLAIMS: readonly string[] = ['always', 'finally', 'without', 'given', 'verdict'];
const isClaim = (found: SettingAst | ClaimAst): found is ClaimAst => CLAIMS.includes(found.kind);

/** The words of a scenario, where no brace is missing. */
const SCENARIO: Language = { code: 'B0101', explain: explainScenarioSlip };
const ACTION: Language = { code: 'B0101', explain: explainActionSlip };

const START = /^[\w.]+/;
const WORD = /[A-Za-z_][\w.]*/g;
/** Words of a statement that may be names; of what is far too long, none. */
const wordsOf = (text: string): readonly string[] =>
  (text.length <= LONGEST_STATEMENT ? text.match(WORD) : null) ?? [];
/** Names in a declaration that could not be read: what it may declare, and of a program, what that may be attached to. */
function namesIn(text: string): readonly string[] {
  const words = wordsOf(text);
  return words[0] === 'program' ? words : words.slice(0, 2);
}

/** The names that a file seems to declare, for one whose braces do not match. */
const DECLARED = new RegExp(`^\\s*(?:${DECLARATIONS.join('|')}|task)\\s+([\\w.$]+)`, 'gm');

class LabParser {
  readonly reading: Reading;
  /** A brace is missing or too many, so that statements are not where they belong. */
  readonly isUnbalanced: boolean;

  /** Words of declarations that could not be read: names they may have declared. */
  readonly unread: string[] = [];

  constructor(reading: Reading, isUnbalanced: boolean) {
    this.reading = reading;
    this.isUnbalanced = isUnbalanced;
  }

  /** A name for what has one that cannot be read. No declared name has a `$`. */
  #unreadName(at: Span): Name {
    const source = { name: at.source.name, text: '', isGuess: true };
    return { name: `unread$${at.start}`, span: span(source, 0, 0) };
  }

  /** Matches one statement with a rule of the lab grammar and reads its tree. */
  match<T>(
    statement: Statement,
    rule: string,
    actions: LabActionDict<T>,
    language?: Language,
  ): T | undefined {
    const tree = this.reading.match(labGrammar, rule, statement, language);
    return tree && read(actions, tree);
  }

  /** Bodies of programs, functions and guards. */
  code(body: readonly Node[]): readonly Line[] {
    const lines: Line[] = [];
    parseLines(this.reading, body, lines);
    return lines;
  }

  unexpected(node: Node, what: string, help?: string): void {
    const at = node.kind === 'block' ? node.head.span : node.span;
    this.reading.findings.error('B0409', what, { span: at, help });
  }

  /** What a declaration begins with; if that is not such a word, the one it is taken for. */
  begin(
    statement: Statement,
    hasBlock: boolean,
  ): { readonly word: string; readonly statement: Statement } | undefined {
    const { text, span: at } = statement;
    const word = START.exec(text)?.[0] ?? '';
    if (DECLARATIONS.includes(word)) return { word, statement };
    const monster = refuseMonster(text, at);
    if (monster !== undefined) {
      this.reading.findings.add(monster);
      return undefined;
    }
    const [meant] = nearest(word, DECLARATIONS);
    if (meant === undefined && this.isUnbalanced) return undefined;
    const shown = text.length > 40 ? `${text.slice(0, 40)}…` : text;
    const d = errorAt('B0401', `\`${shown}\` is not a declaration`, {
      span: span(at.source, at.start, at.start + Math.max(1, word.length)),
      expected: DECLARATIONS.join(', '),
      help:
        didYouMean(word, DECLARATIONS) ??
        (isInScenario(word)
          ? `\`${word}\` belongs in a scenario: \`scenario { … }\``
          : 'instructions belong in a block: `program NAME : fentry/FUNCTION { … }`'),
    });
    this.reading.findings.add(d);
    // Where even the word that is meant would be wrong here, one diagnostic is enough.
    if (meant === undefined || isBlockWord(meant) !== hasBlock) return undefined;
    return { word: meant, statement: this.reading.insteadOf(statement, meant + text.slice(word.length)) };
  }

  declaration(node: Node): DeclarationAst | undefined {
    const found = this.#declaration(node);
    if (found !== undefined) return found;
    const { text } = node.kind === 'block' ? node.head : node;
    this.unread.push(...namesIn(text));
    return undefined;
  }

  #declaration(node: Node): DeclarationAst | undefined {
    const begun = this.begin(node.kind === 'block' ? node.head : node, node.kind === 'block');
    if (begun === undefined) return undefined;
    const { word, statement } = begun;
    const isBlock = isBlockWord(word);
    if (node.kind === 'block' && !isBlock) {
      this.unexpected(node, `\`${word}\` has no block`);
      return undefined;
    }
    if (node.kind === 'statement') {
      if (!isBlock || isMapSize(statement.text)) return this.match(statement, 'Declaration', DECLARATION);
      this.unexpected(
        node,
        `\`${word}\` needs a block`,
        'write `{` at the end of the line, and `}` after its content',
      );
      return undefined;
    }
    const head = this.match(statement, 'Head', HEAD);
    if (head !== undefined) return this.block(head, node);
    this.unread.push(...namesIn(statement.text));
    return this.#withoutHead(word, node);
  }

  /** What is wrong inside a block is worth knowing, too, if its head cannot be read. */
  #withoutHead(word: string, node: Block): DeclarationAst | undefined {
    const name = this.#unreadName(node.span);
    switch (word) {
      case 'program':
        // Of a kind that is attached to nothing.
        return this.block({ kind: 'program', name, attach: { ...name, name: 'syscall' } }, node);
      case 'function':
        return this.block({ kind: 'function', name, params: [], flags: [] }, node);
      case 'guard':
        return this.block({ kind: 'guard', name }, node);
      case 'scenario':
        return this.block({ kind: 'scenario', title: undefined }, node);
      case 'struct':
        return undefined;
      default:
        this.map({ kind: 'map', name, type: name }, node);
        return undefined;
    }
  }

  block(head: HeadAst, node: Block): DeclarationAst | undefined {
    const { span: whole } = node;
    switch (head.kind) {
      case 'map':
        return this.map(head, node);
      case 'program':
        return {
          kind: 'program',
          name: head.name,
          attach: head.attach,
          lines: this.code(node.body),
          span: whole,
        };
      case 'function':
        return { ...head, lines: this.code(node.body), span: whole };
      case 'guard':
        return this.guard(head, node);
      case 'scenario':
        return this.scenario(head, node);
      case 'struct':
        return { ...head, fields: this.structFields(node), span: whole };
      case 'struct_type': {
        const members = new MemberReader((d) => this.reading.findings.add(d)).members(node.body);
        return { ...head, members, span: whole };
      }
      default:
        return head satisfies never;
    }
  }

  map(head: HeadAst & { kind: 'map' }, node: Block): MapAst {
    const unread: string[] = [];
    const fields = node.body.flatMap((n) => {
      if (n.kind === 'statement') {
        const found = this.match({ ...n, text: n.text.replace(/,$/, '') }, 'MapFields', MAP_FIELDS);
        if (found === undefined) unread.push(n.text);
        return found ?? [];
      }
      this.unexpected(n, 'a map has fields, not blocks');
      return [];
    });
    return { ...head, fields, span: node.span, ...(unread.length > 0 && { unread }) };
  }

  structFields(node: Block): StructAst['fields'] {
    return node.body.flatMap((n) => {
      if (n.kind === 'statement')
        return this.match({ ...n, text: n.text.replace(/,$/, '') }, 'StructFields', STRUCT_FIELDS) ?? [];
      this.unexpected(
        n,
        'a structure has fields, not blocks',
        'write `outer.inner = 5` for a field of a field',
      );
      return [];
    });
  }

  guard(head: HeadAst & { kind: 'guard' }, node: Block): GuardAst {
    let area: GuardAst['area'];
    let model: GuardAst['model'];
    let without: readonly Name[] = [];
    const unread: string[] = [];
    const parts: { enter?: readonly Line[]; exit?: readonly Line[] } = {};
    for (const n of node.body) {
      if (n.kind === 'statement') {
        const found = this.match(n, 'GuardField', GUARD_FIELD);
        if (found === undefined) {
          unread.push(n.text);
          continue;
        }
        if (found.kind === 'without') {
          without = [...without, ...found.names];
          continue;
        }
        const isSecond = found.kind === 'area' ? area !== undefined : model !== undefined;
        if (isSecond) this.unexpected(n, `\`${found.kind}\` is given twice`);
        if (found.kind === 'area') area = found.area;
        else model = found.model;
        continue;
      }
      const part = this.guardPart(n);
      const code = this.code(n.body);
      if (part === undefined) {
        unread.push(`${n.head.text} {`);
        continue;
      }
      if (parts[part] === undefined) parts[part] = code;
      else this.unexpected(n, `\`${part}\` is given twice`, 'leave one of them out');
    }
    const { enter, exit } = parts;
    const guard = { ...head, model, area, enter, exit, without, span: node.span };
    return { ...guard, ...(unread.length > 0 && { unread }) };
  }

  /** Which block of a guard this is, or is taken for. */
  guardPart({ head }: Block): 'enter' | 'exit' | undefined {
    const { text } = head;
    if (text === 'enter' || text === 'exit') return text;
    if (text === '') return undefined; // a brace without a head has been reported
    const [meant] = nearest(text, ['enter', 'exit'] as const);
    const d = errorAt('B0409', `a guard has the blocks enter and exit, not \`${text}\``, {
      span: head.span,
      help: meant && `did you mean \`${meant}\`?`,
    });
    this.reading.findings.add(d);
    return meant;
  }

  actions(body: readonly Node[]): ActionAst[] {
    return body.flatMap((a) => {
      if (this.isUnbalanced && this.#isElsewhere(a)) return [];
      if (a.kind === 'statement') return this.match(a, 'Actions', ACTIONS, ACTION) ?? [];
      this.unexpected(a, 'this block holds actions, not blocks');
      return [];
    });
  }

  /** A line of a scenario where the brace that ends a task before it is missing. */
  #isElsewhere(node: Node): boolean {
    return node.kind === 'block' || labGrammar.match(node.text, 'ScenarioLine').succeeded();
  }

  scenario(head: HeadAst & { kind: 'scenario' }, node: Block): ScenarioAst {
    const settings: SettingAst[] = [];
    const expects: ExpectAst[] = [];
    const tasks: TaskAst[] = [];
    const events: EventAst[] = [];
    const sources: SourceAst[] = [];
    const claims: ClaimAst[] = [];
    const unread: string[] = [];
    const language = this.isUnbalanced ? undefined : SCENARIO;
    for (const n of node.body) {
      if (n.kind === 'block') {
        const inner = this.match(n.head, 'InnerHead', INNER_HEAD);
        const actions = this.actions(n.body);
        if (inner === undefined) {
          unread.push(...wordsOf(n.head.text));
          const cpu = { kind: 'number', value: 0n, octal: false, span: n.head.span } as const;
          tasks.push({ name: undefined, cpu, actions, span: n.span });
        } else if (inner.kind === 'task')
          tasks.push({ name: inner.name, cpu: inner.cpu, actions, span: n.span });
        else if (inner.kind === 'may') {
          const { kind, ...source } = inner;
          sources.push({ ...source, actions, span: n.head.span });
        } else {
          const { kind, level, ...when } = inner;
          events.push({ ...when, effect: { kind, level, actions }, span: n.head.span });
        }
      } else {
        const found = this.match(n, 'ScenarioLine', SCENARIO_LINE, language);
        if (found === undefined) unread.push(...wordsOf(n.text));
        else if (found.kind === 'event') events.push(found.event);
        else if (found.kind === 'condition' || found.kind === 'fault') expects.push(found);
        else if (isClaim(found)) claims.push(found);
        else settings.push(found);
      }
    }
    const { title } = head;
    const all = { title, settings, tasks, events, sources, claims, expects, span: node.span };
    return { kind: 'scenario', ...all, ...(unread.length > 0 && { unread }) };
  }
}

/** Statements at the beginning of a file in which a misspelt declaration is looked for. */
const LOOKED_AT = 20;

/** A file with statements only, none of which begins as a declaration does: assembly that was meant for `asm`. */
function looksPlain(nodes: readonly Node[]): boolean {
  const starts = nodes.map((n) => (n.kind === 'statement' ? (START.exec(n.text)?.[0] ?? '') : undefined));
  return (
    starts.length > 0 &&
    starts.every((word) => word !== undefined && !DECLARATIONS.includes(word)) &&
    starts.slice(0, LOOKED_AT).every((word) => nearest(word ?? '', DECLARATIONS).length === 0) &&
    !nodes.some((n) => n.kind === 'statement' && n.text.length > LONGEST_STATEMENT)
  );
}

/**
 * Parses a file of declarations: a lab, a guard, a part of the emulated kernel. Every bad statement is reported, until
 * there is one more than `maxErrors`.
 */
export function parseLab(source: Source, maxErrors?: number): Parsed<LabAst> & { readonly value: LabAst } {
  const reading = new Reading(maxErrors);
  const declarations: DeclarationAst[] = [];
  const unread: string[] = [];
  let isLab = true;
  const isWhole = reading.findings.stage(() => {
    const { nodes, diagnostics } = splitStatements(source);
    reading.findings.addAll(diagnostics);
    if (diagnostics.length === 0 && looksPlain(nodes)) {
      const d = errorAt('B0401', 'this file holds no declarations', {
        span: nodes[0]!.span,
        expected: DECLARATIONS.join(', '),
        help: 'put a plain program into `program NAME : fentry/FUNCTION { … }`; `tinybpf asm` assembles it as it is',
      });
      reading.findings.add(d);
      isLab = false;
      return;
    }
    const parser = new LabParser(reading, diagnostics.length > 0);
    for (const node of nodes) {
      const declared = parser.declaration(node);
      if (declared !== undefined) declarations.push(declared);
    }
    unread.push(...parser.unread.filter((word) => word === 'object' || !DECLARATIONS.includes(word)));
    if (parser.isUnbalanced)
      unread.push('object', ...[...source.text.matchAll(DECLARED)].map(([, name]) => name!));
  });
  const value = { declarations, ...(unread.length > 0 && { unread }) };
  return { value, diagnostics: reading.findings.diagnostics, isComplete: isWhole && isLab };
}
