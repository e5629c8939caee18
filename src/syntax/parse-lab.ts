import type { LabActionDict } from '../../grammar/tinybpf.ohm-bundle.js';
import { type Diagnostic, errorAt } from '../text/diagnostic.js';
import { didYouMean } from '../text/nearest.js';
import { type Source, span } from '../text/source.js';
import type { Line } from './ast.js';
import { DECLARATION, GUARD_FIELD, HEAD, type HeadAst, MAP_FIELDS } from './declarations.js';
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
  TaskAst,
} from './lab-ast.js';
import { LONGEST_STATEMENT, type Parsed, refuseMonster, syntaxError } from './parse-line.js';
import { parseLines } from './parse-program.js';
import { ACTIONS, INNER_HEAD, SCENARIO_LINE } from './scenarios.js';
import { type Block, type Node, type Statement, splitStatements } from './split.js';
import { labGrammar, read, treeOf } from './tree.js';

const BLOCKS = ['map', 'program', 'function', 'guard', 'scenario'] as const;
const STATEMENTS = ['global', 'user', 'object', 'percpu', 'tracepoint'] as const;
const DECLARATIONS: readonly string[] = [...BLOCKS, ...STATEMENTS];

const CLAIMS: readonly string[] = ['always', 'finally', 'without', 'given', 'verdict'];
const isClaim = (found: SettingAst | ClaimAst): found is ClaimAst => CLAIMS.includes(found.kind);

class LabParser {
  readonly diagnostics: Diagnostic[] = [];

  /** Matches one statement with a rule of the lab grammar and reads its tree. */
  match<T>(statement: Statement, rule: string, actions: LabActionDict<T>): T | undefined {
    const monster = refuseMonster(statement.text, statement.span);
    if (monster !== undefined) {
      this.diagnostics.push(monster);
      return undefined;
    }
    const match = labGrammar.match(statement.text, rule);
    if (match.failed()) {
      this.diagnostics.push(
        syntaxError(statement, match.getRightmostFailurePosition(), match.getExpectedText()),
      );
      return undefined;
    }
    return read(actions, treeOf(match, statement.span.source, statement.span.start));
  }

  /** Bodies of programs, functions and guards. */
  code(body: readonly Node[]): readonly Line[] {
    const parsed = parseLines(body);
    for (const d of parsed.diagnostics) this.diagnostics.push(d);
    return parsed.value ?? [];
  }

  unexpected(node: Node, what: string): void {
    const at = node.kind === 'block' ? node.head.span : node.span;
    this.diagnostics.push(errorAt('B0409', what, { span: at }));
  }

  declaration(node: Node): DeclarationAst | undefined {
    const statement = node.kind === 'block' ? node.head : node;
    const monster = refuseMonster(statement.text, statement.span);
    if (monster !== undefined) {
      this.diagnostics.push(monster);
      return undefined;
    }
    const word = /^[\w.]+/.exec(statement.text)?.[0] ?? '';
    const at = span(
      statement.span.source,
      statement.span.start,
      statement.span.start + Math.max(1, word.length),
    );
    if (!DECLARATIONS.includes(word)) {
      const close = didYouMean(word, DECLARATIONS);
      this.diagnostics.push(
        errorAt(
          'B0401',
          `\`${statement.text.length > 40 ? `${statement.text.slice(0, 40)}…` : statement.text}\` is no declaration`,
          {
            span: at,
            expected: DECLARATIONS.join(', '),
            help: close ?? 'instructions belong into a block: `program NAME : fentry/FUNCTION { … }`',
          },
        ),
      );
      return undefined;
    }
    const isBlock = (BLOCKS as readonly string[]).includes(word);
    if (node.kind === 'block' && !isBlock) {
      this.unexpected(node, `\`${word}\` has no block`);
      return undefined;
    }
    if (node.kind === 'statement') {
      if (!isBlock) return this.match(node, 'Declaration', DECLARATION);
      this.diagnostics.push(
        errorAt('B0409', `\`${word}\` needs a block`, {
          span: node.span,
          help: 'write `{` at the end of the line, and `}` after its content',
        }),
      );
      return undefined;
    }
    const head = this.match(node.head, 'Head', HEAD);
    return head === undefined ? undefined : this.block(head, node);
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
      default:
        return head satisfies never;
    }
  }

  map(head: HeadAst & { kind: 'map' }, node: Block): MapAst {
    const fields = node.body.flatMap((n) => {
      if (n.kind === 'statement')
        return this.match({ ...n, text: n.text.replace(/,$/, '') }, 'MapFields', MAP_FIELDS) ?? [];
      this.unexpected(n, 'a map has fields, not blocks');
      return [];
    });
    return { kind: 'map', name: head.name, type: head.type, fields, span: node.span };
  }

  guard(head: HeadAst & { kind: 'guard' }, node: Block): GuardAst {
    let area: GuardAst['area'];
    let model: GuardAst['model'];
    let without: readonly Name[] = [];
    const parts: { enter?: readonly Line[]; exit?: readonly Line[] } = {};
    for (const n of node.body) {
      if (n.kind === 'statement') {
        const found = this.match(n, 'GuardField', GUARD_FIELD);
        if (found === undefined) continue;
        if (found.kind === 'without') {
          without = [...without, ...found.names];
          continue;
        }
        const isSecond = found.kind === 'area' ? area !== undefined : model !== undefined;
        if (isSecond) this.unexpected(n, `\`${found.kind}\` stands twice`);
        if (found.kind === 'area') area = found.area;
        else model = found.model;
        continue;
      }
      const part = n.head.text;
      if (part !== 'enter' && part !== 'exit')
        this.unexpected(n, `a guard has the blocks enter and exit, not \`${part}\``);
      else if (parts[part] !== undefined) this.unexpected(n, `\`${part}\` stands twice`);
      else parts[part] = this.code(n.body);
    }
    const { enter, exit } = parts;
    return { kind: 'guard', name: head.name, model, area, enter, exit, without, span: node.span };
  }

  actions(body: readonly Node[]): ActionAst[] {
    return body.flatMap((a) => {
      if (a.kind === 'statement') return this.match(a, 'Actions', ACTIONS) ?? [];
      this.unexpected(a, 'this block holds actions, not blocks');
      return [];
    });
  }

  scenario(head: HeadAst & { kind: 'scenario' }, node: Block): ScenarioAst {
    const settings: SettingAst[] = [];
    const expects: ExpectAst[] = [];
    const tasks: TaskAst[] = [];
    const events: EventAst[] = [];
    const sources: SourceAst[] = [];
    const claims: ClaimAst[] = [];
    for (const n of node.body) {
      if (n.kind === 'block') {
        const inner = this.match(n.head, 'InnerHead', INNER_HEAD);
        if (inner === undefined) continue;
        const actions = this.actions(n.body);
        if (inner.kind === 'task') tasks.push({ name: inner.name, cpu: inner.cpu, actions, span: n.span });
        else if (inner.kind === 'may') {
          const { kind, ...source } = inner;
          sources.push({ ...source, actions, span: n.head.span });
        } else {
          const { kind, level, ...when } = inner;
          events.push({ ...when, effect: { kind, level, actions }, span: n.head.span });
        }
      } else {
        const found = this.match(n, 'ScenarioLine', SCENARIO_LINE);
        if (found === undefined) continue;
        if (found.kind === 'event') events.push(found.event);
        else if (found.kind === 'condition' || found.kind === 'fault') expects.push(found);
        else if (isClaim(found)) claims.push(found);
        else settings.push(found);
      }
    }
    const { title } = head;
    return { kind: 'scenario', title, settings, tasks, events, sources, claims, expects, span: node.span };
  }
}

/** Parses a file of declarations: a lab, a guard, a part of the emulated kernel. Every bad statement is reported. */
export function parseLab(source: Source): Parsed<LabAst> {
  const split = splitStatements(source);
  const parser = new LabParser();
  const looksPlain =
    split.nodes.length > 0 &&
    split.nodes.every(
      (n) => n.kind === 'statement' && !DECLARATIONS.includes(/^\w+/.exec(n.text)?.[0] ?? ''),
    );
  const monster = split.nodes.find((n) => n.kind === 'statement' && n.text.length > LONGEST_STATEMENT);
  if (looksPlain && monster === undefined && split.diagnostics.length === 0) {
    const first = split.nodes[0]!;
    const at = first.kind === 'block' ? first.head.span : first.span;
    return {
      diagnostics: [
        errorAt('B0401', 'this file holds no declarations', {
          span: at,
          expected: DECLARATIONS.join(', '),
          help: 'put a plain program into `program NAME : fentry/FUNCTION { … }`; `tinybpf asm` assembles it as it is',
        }),
      ],
    };
  }
  const declarations = split.nodes.map((n) => parser.declaration(n)).filter((d) => d !== undefined);
  return { value: { declarations }, diagnostics: [...split.diagnostics, ...parser.diagnostics] };
}
