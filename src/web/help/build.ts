import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';
import { firstSentence } from '../../cli/list/guards.js';
import type { Section, ShippedGuard } from './article.js';
import { HELP_PAGES, helpHash, type Readme } from './contents.js';
import { type LinkTo, partsOf, sectionsOf } from './markdown.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

const read = (path: string): string => readFileSync(ROOT + path, 'utf8');

/** Files of the project, by where a link to one of them leads in the page. */
const FILES: readonly (readonly [path: RegExp, hash: string])[] = [
  [/^programs\/((?:explore\/)?[\w-]+)\.bpf$/, '#lab=$1'],
  [/^programs\/course\/README\.md$/, '#lesson=1'],
  [/^programs\/course\/(\d)-[\w-]+\.lesson$/, '#lesson=$1'],
];

/** Which page has a heading of a file; the first page that is made from it, for the file itself. */
function pageWith(file: string, anchor: string): string | undefined {
  const pages = HELP_PAGES.filter(({ source }) => source?.file === file);
  if (anchor === '') return pages[0] && helpHash(pages[0].name);
  const page = pages.find(({ source }) =>
    sectionsIn(source!, () => undefined).some((s) => s.anchor === anchor),
  );
  return page && helpHash(page.name, anchor);
}

/**
 * Where links in a file lead: to a page of the help, a lab or a lesson, or nowhere.
 * @internal
 */
export const linksOf =
  (file: string): LinkTo =>
  (href) => {
    if (/^[a-z]+:/.test(href)) return undefined;
    const [path = '', anchor = ''] = href.split('#');
    const target = path === '' ? file : posix.join(posix.dirname(file), path);
    const known = FILES.find(([pattern]) => pattern.test(target));
    return known === undefined ? pageWith(target, anchor) : target.replace(known[0], known[1]);
  };

function sectionsIn({ file, parts }: Readme, linkTo: LinkTo): Section[] {
  const all = sectionsOf(read(file), linkTo);
  return parts === 'all' ? all : partsOf(all, parts);
}

/**
 * What the pages of the help that are made from READMEs say, by the names of the pages. Throws where a README has
 * something that it has no form for.
 * @internal
 */
export const sectionsOfReadmes = (): Record<string, readonly Section[]> =>
  Object.fromEntries(
    HELP_PAGES.flatMap(({ name, source }) =>
      source === undefined ? [] : [[name, sectionsIn(source, linksOf(source.file))]],
    ),
  );

function guards(): ShippedGuard[] {
  const dir = 'programs/guards/';
  const files = readdirSync(ROOT + dir)
    .filter((f) => f.endsWith('.bpf'))
    .sort();
  return files.map((f) => ({ name: f.slice(0, -'.bpf'.length), what: firstSentence(read(dir + f)) }));
}

/** Gives the page `virtual:help`, made from the READMEs and the guards. */
export function helpPlugin(): Plugin {
  const id = 'virtual:help';
  return {
    name: 'tinybpf-help',
    resolveId: (asked) => (asked === id ? `\0${id}` : undefined),
    load(asked) {
      if (asked !== `\0${id}`) return undefined;
      for (const { source } of HELP_PAGES) if (source !== undefined) this.addWatchFile(ROOT + source.file);
      return Object.entries({ READMES: sectionsOfReadmes(), GUARDS: guards() })
        .map(([name, value]) => `export const ${name} = ${JSON.stringify(value)};\n`)
        .join('');
    },
  };
}
