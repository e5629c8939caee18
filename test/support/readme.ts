import { mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { firstSentence } from '../../src/cli/list/guards.js';
import { ROOT, tinybpf } from './cli.js';

/** A command of a ```console block, or a file that the reader is asked to save: a block whose first line names it. */
export type ReadmeStep =
  | { readonly kind: 'command'; readonly command: string; readonly output: string }
  | { readonly kind: 'file'; readonly name: string; readonly text: string };

/** Folders that hold nothing of the project's own text. */
export const NOT_OURS = new Set(['node_modules', 'dist', '.git', 'data']);

/** Every README.md of the project, named from its root. */
export function readmes(dir = ROOT): string[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) return NOT_OURS.has(entry.name) ? [] : readmes(path);
    return entry.name === 'README.md' ? [relative(ROOT, path)] : [];
  });
}

export const readReadme = (name: string): string => readFileSync(join(ROOT, name), 'utf8');

const BLOCK = /^```([^\n]*)\n([\s\S]*?)^```$/gm;

const commandsIn = (body: string): string[] => body.split(/^\$ /m).filter((part) => part !== '');

/** What a README asks its reader to do, in its order. */
export function stepsOf(readme: string): ReadmeStep[] {
  return [...readme.matchAll(BLOCK)].flatMap(([, info = '', body = '']): ReadmeStep[] => {
    const [language, name] = info.split(' ');
    if (language !== 'console') return name === undefined ? [] : [{ kind: 'file', name, text: body }];
    return commandsIn(body).map((part) => {
      const [command = '', ...output] = part.split('\n');
      return { kind: 'command', command, output: output.join('\n').trimEnd() };
    });
  });
}

/** Targets of links and pictures that are not on another host. */
export function linksOf(readme: string): string[] {
  const prose = readme.replace(/^```[\s\S]*?^```$/gm, '').replace(/`[^`\n]*`/g, '``');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map((m) => m[1]!).filter((to) => !/^https?:/.test(to));
}

/** Arguments of a `npx tinybpf …` command, or undefined for another command. */
export function argumentsOf(command: string): string[] | undefined {
  const m = /^npx tinybpf (.*)$/.exec(command);
  return m === null ? undefined : (m[1]!.match(/'[^']*'|\S+/g) ?? []).map((a) => a.replace(/^'|'$/g, ''));
}

/** Where a README is followed: its files are saved there, and the project's folders are where they are in a checkout. */
export class Reader {
  readonly dir = mkdtempSync(join(tmpdir(), 'tinybpf-readme-'));

  constructor() {
    for (const name of ['programs', 'test']) symlinkSync(join(ROOT, name), join(this.dir, name));
  }

  save(name: string, text: string): void {
    writeFileSync(join(this.dir, name), text);
  }

  output(args: readonly string[]): string {
    const run = tinybpf(args, '', {}, this.dir);
    return (run.stdout + run.stderr).trimEnd();
  }
}

/** Text without what differs from run to run: how long something took. */
export function timeless(text: string): string {
  return text.replace(/\d[\d.e-]* s, [\d,]+ states\/s/g, 'N s, N states/s');
}

/** A line of a README that stands for any number of lines of output. */
const LEFT_OUT = '...';

/** The parts of an output between lines that are left out. */
function partsOf(shown: string): string[][] {
  const parts: string[][] = [[]];
  for (const line of shown.split('\n')) {
    if (line === LEFT_OUT) parts.push([]);
    else parts.at(-1)!.push(line);
  }
  return parts;
}

/** Where lines are found together from `from` on, or -1. */
function find(lines: readonly string[], part: readonly string[], from: number): number {
  for (let i = from; i + part.length <= lines.length; i += 1)
    if (part.every((line, k) => lines[i + k] === line)) return i;
  return -1;
}

/**
 * Output as a README may show it: what it leaves out of `now` is left out. All of `now` if it shows something that
 * `now` does not have in that order; comparing the two texts then says what.
 */
export function shortened(now: string, shown: string): string {
  const lines = timeless(now).split('\n');
  const parts = partsOf(timeless(shown));
  let end = 0;
  for (const [i, part] of parts.entries()) {
    const isLast = i === parts.length - 1;
    const at = isLast && part.length > 0 ? lines.length - part.length : find(lines, part, end);
    if (at < end || find(lines, part, at) !== at || (i === 0 && at !== 0)) return now;
    end = at + part.length;
  }
  return end === lines.length || parts.at(-1)?.length === 0 ? shown : now;
}

/** The table of the labs, guards or kernel files in a folder: each with the first sentence of its first comment. */
function indexOf(folder: string, readme: string): string {
  const files = readdirSync(join(ROOT, folder)).filter((f) => f.endsWith('.bpf'));
  const rows = files.sort().map((file) => {
    const path = join(folder, file);
    const [, what = ''] = /^(?:\S+\.bpf: )?(.*?)\.?$/.exec(
      firstSentence(readFileSync(join(ROOT, path), 'utf8')),
    )!;
    return `| [${file}](${relative(join(readme, '..'), path)}) | ${what.replaceAll('|', '\\|')} |`;
  });
  return ['| file | what it shows |', '| --- | --- |', ...rows].join('\n');
}

/** The same README with its indexes of folders as they are now. */
export function reindexed(readme: string, name: string): string {
  return readme.replace(
    /^(<!-- index of (\S+) -->\n)[\s\S]*?^(<!-- end of index -->)$/gm,
    (_, begin: string, folder: string, end: string) => `${begin}\n${indexOf(folder, name)}\n\n${end}`,
  );
}

/** The same README with every command's output as it is now, and its indexes. Where output was left out and has changed, it is whole. */
export function refill(readme: string, name: string): string {
  const reader = new Reader();
  const filled = readme.replace(BLOCK, (block, info: string, body: string) => {
    const [language, file] = info.split(' ');
    if (language !== 'console') {
      if (file !== undefined) reader.save(file, body);
      return block;
    }
    const parts = commandsIn(body).map((part) => {
      const [command = '', ...before] = part.trimEnd().split('\n');
      const args = argumentsOf(command);
      if (args === undefined) return `$ ${part}`;
      return `$ ${command}\n${shortened(reader.output(args), before.join('\n'))}\n`;
    });
    return `\`\`\`console\n${parts.join('')}\`\`\``;
  });
  return reindexed(filled, name);
}
