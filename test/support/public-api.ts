import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { ROOT } from './cli.js';

/** Where `npm run build` puts declarations. */
const TYPES = join(ROOT, 'dist', 'types');

/** What can be imported, as package.json's `exports` has it. */
const ENTRIES = { tinybpf: 'index.d.ts', 'tinybpf/node': 'node.d.ts' } as const;

interface Declared {
  readonly text: string;
  readonly isClass: boolean;
}

interface Target {
  readonly file: string;
  readonly name: string;
}

interface Module {
  readonly declared: ReadonlyMap<string, Declared>;
  /** Names that come from another file, and names that are passed on. */
  readonly imported: ReadonlyMap<string, Target>;
  readonly exported: ReadonlyMap<string, Target>;
  /** Files that are imported whole, by the name that they have here. */
  readonly whole: ReadonlyMap<string, string>;
}

const withoutComments = (text: string): string =>
  text
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/^\s*\/\/.*$/gm, '')
    .replace(/^\s*\n/gm, '');

/** Statements of a file of declarations, as the compiler prints it: each begins a line, what belongs to it is indented. */
function statementsOf(text: string): string[] {
  const statements: string[] = [];
  for (const line of withoutComments(text).split('\n')) {
    if (/^[a-z]/.test(line)) statements.push(line);
    else if (line !== '') statements.push(`${statements.pop() ?? ''}\n${line}`);
  }
  return statements;
}

const DECLARATION =
  /^(?:export )?(?:declare )?(?:abstract )?(class|interface|type|const|let|function) ([\w$]+)/;
const LIST = /^(import|export) (?:type )?\{([\s\S]*?)\}(?: from '([^']+)')?;$/;
const WHOLE = /^import \* as ([\w$]+) from '([^']+)';$/;

function readModule(file: string): Module {
  const declared = new Map<string, Declared>();
  const imported = new Map<string, Target>();
  const exported = new Map<string, Target>();
  const whole = new Map<string, string>();
  for (const statement of statementsOf(readFileSync(join(TYPES, file), 'utf8'))) {
    const declaration = DECLARATION.exec(statement);
    const list = LIST.exec(statement);
    const star = WHOLE.exec(statement);
    if (declaration !== null) {
      const name = declaration[2]!;
      // Overloads of a function are one declaration.
      const text = [declared.get(name)?.text, statement].filter((t) => t !== undefined).join('\n');
      declared.set(name, { text, isClass: declaration[1] === 'class' });
      if (statement.startsWith('export ')) exported.set(name, { file, name });
    } else if (list !== null) {
      const from = list[3] === undefined ? file : fileOf(file, list[3]);
      for (const item of list[2]!.split(',').map((i) => i.trim())) {
        const [, name = '', as = name] = /^(?:type )?([\w$]+)(?: as ([\w$]+))?$/.exec(item) ?? [];
        if (name !== '') (list[1] === 'import' ? imported : exported).set(as, { file: from, name });
      }
    } else if (star !== null) {
      whole.set(star[1]!, fileOf(file, star[2]!));
    } else if (!/^import '|^export \{\};/.test(statement)) {
      throw new Error(`${file}: not understood: ${statement}`);
    }
  }
  return { declared, imported, exported, whole };
}

/** A file of ours, or the name of a package. */
const fileOf = (from: string, path: string): string =>
  path.startsWith('.') ? normalize(join(dirname(from), path.replace(/\.js$/, '.d.ts'))) : path;

/** A class's private members are nobody's business. */
const publicOnly = (text: string): string =>
  text
    .split('\n')
    .filter((line) => !/^ {4}(?:#private;|private )/.test(line))
    .join('\n');

/** What a text says is not part of a type, though the compiler infers it of a constant. */
const withoutProse = (text: string): string =>
  text.replace(/(["'])(?:(?!\1)[^\\\n]|\\.)* (?:(?!\1)[^\\\n]|\\.)*\1(?=;$)/gm, 'string');

/** Of a table that cannot be imported, types take the keys (`keyof typeof TABLE`): these, and not what is in the rows. */
function keysOnly(text: string): string {
  const [first = '', ...lines] = text.split('\n');
  if (!/^(?:export )?(?:declare )?const [\w$]+: \{$/.test(first)) return text;
  const keys = lines.flatMap((line) => /^ {4}readonly ([^:]+):/.exec(line)?.[1] ?? []);
  return [first, ...keys.map((k) => `    readonly ${k};`), '};'].join('\n');
}

/**
 * The declarations that a user can import, and those that these are made of, sorted by name: without comments, and
 * without where they are. A class that cannot be imported is named and not followed: it is handed over, not made.
 */
export function publicApi(): string {
  const modules = new Map<string, Module>();
  const moduleOf = (file: string): Module => {
    const known = modules.get(file) ?? readModule(file);
    modules.set(file, known);
    return known;
  };

  /** Where a name is declared, past files that pass it on; undefined for what is not ours. */
  const find = ({ file, name }: Target): Target | undefined => {
    if (!existsSync(join(TYPES, file))) return undefined;
    const module = moduleOf(file);
    if (module.declared.has(name)) return { file, name };
    const next = module.exported.get(name) ?? module.imported.get(name);
    return next === undefined ? undefined : find(next);
  };

  const entries = Object.entries(ENTRIES).map(([entry, file]) => {
    const names = [...moduleOf(file).exported].sort(([a], [b]) => (a < b ? -1 : 1));
    return { entry, names };
  });
  const importable = new Set<string>();
  const key = ({ file, name }: Target): string => `${file}#${name}`;
  const open: Target[] = [];
  for (const { entry, names } of entries)
    for (const [name, target] of names) {
      const found = find(target);
      if (found === undefined) throw new Error(`${entry} exports ${name}, which is declared nowhere`);
      importable.add(key(found));
      open.push(found);
    }

  const seen = new Map<string, string>();
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (seen.has(key(at))) continue;
    const module = moduleOf(at.file);
    const { text, isClass } = module.declared.get(at.name)!;
    if (isClass && !importable.has(key(at))) {
      seen.set(key(at), `declare class ${at.name}; // cannot be imported`);
      continue;
    }
    const visible = importable.has(key(at)) ? publicOnly(text) : keysOnly(publicOnly(text));
    const shown = withoutProse(visible).replace(/^export (?:declare )?|^declare /gm, '');
    seen.set(key(at), shown);
    for (const word of new Set(shown.match(/[A-Za-z_$][\w$]*/g))) {
      const next = module.declared.has(word) ? { file: at.file, name: word } : module.imported.get(word);
      const found = next === undefined ? undefined : find(next);
      if (found !== undefined) open.push(found);
    }
    const parts = [
      ...[...shown.matchAll(/import\(["']([^"']+)["']\)\.([\w$]+)/g)].map((m) => [
        fileOf(at.file, m[1]!),
        m[2]!,
      ]),
      ...[...shown.matchAll(/([\w$]+)\.([\w$]+)/g)].map((m) => [module.whole.get(m[1]!), m[2]!]),
    ] as const;
    for (const [file, name] of parts) {
      const found = file === undefined ? undefined : find({ file, name: name! });
      if (found !== undefined) open.push(found);
    }
  }

  const named = entries.flatMap(({ entry, names }) => [
    `// from '${entry}'`,
    ...names.map(([as, { name }]) => `//   ${as}${as === name ? '' : `, declared as ${name}`}`),
    '',
  ]);
  const texts = [...seen].map(([at, text]) => ({ name: at.slice(at.indexOf('#') + 1), text }));
  texts.sort((a, b) => (a.name === b.name ? (a.text < b.text ? -1 : 1) : a.name < b.name ? -1 : 1));
  return `${[...named, ...texts.map((t) => `${t.text}\n`)].join('\n')}`;
}

/** Where the public API is recorded. */
export const RECORDED_API = join(ROOT, 'test', 'data', 'api', 'public.d.ts.txt');
