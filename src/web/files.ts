import { button, h } from './dom.js';
import type { LabText } from './protocol/protocol.js';

/** Largest file that is opened, in bytes. */
const LARGEST = 8 << 20;

/** What a file is, by what is in it. */
type FileKind = 'object' | 'schedule' | 'guard' | 'lab';

const MAGIC = [0x7f, 0x45, 0x4c, 0x46] as const;

/** Tells what a file is: an object, a schedule (lines of turns and no program), a guard alone, or a lab. */
export function kindOf(bytes: Uint8Array, text: string): FileKind {
  if (MAGIC.every((b, i) => bytes[i] === b)) return 'object';
  const code = text.replaceAll(/\/\/.*|\/\*[\s\S]*?\*\//g, '');
  const has = (word: RegExp): boolean => word.test(code);
  if (has(/^\s*(?:program|object|tracepoint)\b/m) || has(/^\s*scenario\b[^\n]*\{/m)) return 'lab';
  if (has(/^\s*guard\s+\S+\s*\{/m)) return 'guard';
  return has(/^[ \t]*(?:task \S+|arrive \S+ cpu \d+|interrupt cpu \d+) \d+[ \t]*$/m) ? 'schedule' : 'lab';
}

/** The name of the guard that a text declares first. */
export const guardIn = (text: string): string | undefined => /^\s*guard\s+([\w.$-]+)\s*\{/m.exec(text)?.[1];

/** A file without the folders that a lab may name it with: those are not known here. */
export const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** Whether a lab takes programs from an object file of a name. */
const namesObject = (text: string, name: string): boolean =>
  [...text.matchAll(/^[ \t]*object[ \t]+"([^"\n]*)"/gm)].some(([, path]) => baseName(path!) === name);

/** Whether all programs of a lab are those of object files: then what they trace is made, where it is not declared. */
export const isOfObjects = ({ text, files }: Pick<LabText, 'text' | 'files'>): boolean =>
  (files?.size ?? 0) > 0 && /^[ \t]*object\b/m.test(text) && !/^[ \t]*program\b/m.test(text);

/** What a lab says that only takes its programs from an object, and does something. */
const labAround = (name: string, actions: string): string => `// ${name}: programs of an object file.
object "${name}"

// What they are attached to and nobody declares is made: functions that return 0, and tracepoints.
scenario {
    cpu 0 { ${actions}${actions && ' '}}
}
`;

/** Such a lab: what is done in it, and the same with something else done; undefined for any other. */
export function aroundObject(
  text: string,
): { readonly actions: string; readonly doing: (actions: string) => string } | undefined {
  const [, name = ''] = /^object "([^"\n]*)"$/m.exec(text) ?? [];
  const [, actions = ''] = /^ {4}cpu 0 \{ (.*?) ?\}$/m.exec(text) ?? [];
  return labAround(name, actions) === text
    ? { actions, doing: (other) => labAround(name, other) }
    : undefined;
}

/** The text of the lab that there is once a file has been opened; undefined where the lab that is there goes on with it. */
export function textWith({ kind, name, text }: OpenedText, lab: string): string | undefined {
  if (kind === 'object') return namesObject(lab, name) ? undefined : labAround(name, '');
  return kind === 'guard' ? `${lab}\n${text}` : text;
}

interface OpenedText {
  readonly kind: Exclude<FileKind, 'schedule'>;
  readonly name: string;
  readonly text: string;
}

export interface OpenedFile {
  readonly kind: FileKind;
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly text: string;
}

export interface FileActions {
  readonly opened: (file: OpenedFile) => void;
  readonly trouble: (what: string) => void;
  /** What saves files, and copies links. */
  readonly links: readonly HTMLElement[];
}

async function open(file: File, { opened, trouble }: FileActions): Promise<void> {
  if (file.size > LARGEST) {
    trouble(`${file.name} has ${file.size} bytes, more than ${LARGEST}`);
    return;
  }
  const bytes = new Uint8Array(await file.arrayBuffer());
  const text = new TextDecoder().decode(bytes);
  const kind = kindOf(bytes, text);
  if (kind !== 'object' && text.includes('\0')) trouble(`${file.name} is not text, and not an object file`);
  else opened({ kind, name: file.name, bytes, text });
}

/** Saves a file. */
export function save(name: string, content: string | Uint8Array): void {
  const type = typeof content === 'string' ? 'text/plain;charset=utf-8' : 'application/octet-stream';
  const blob = new Blob([typeof content === 'string' ? content : Uint8Array.from(content)], { type });
  const link = h('a', { download: name, href: URL.createObjectURL(blob) });
  link.click();
  URL.revokeObjectURL(link.href);
}

/** Opens files: by a button, and by dropping them anywhere on the page. */
export function filesBar(actions: FileActions): HTMLElement {
  const input = h('input', { type: 'file', hidden: true, 'aria-label': 'a file to open' });
  const all = async (files: FileList | null | undefined): Promise<void> => {
    for (const file of files ?? []) await open(file, actions);
  };
  input.addEventListener('change', () => {
    void all(input.files).then(() => {
      input.value = '';
    });
  });
  addEventListener('dragover', (e) => {
    if (e.dataTransfer?.types.includes('Files') === true) e.preventDefault();
  });
  addEventListener('drop', (e) => {
    if (e.dataTransfer?.types.includes('Files') !== true) return;
    e.preventDefault();
    void all(e.dataTransfer.files);
  });
  return h(
    'div',
    { class: 'files' },
    button('Open…', 'a lab, a guard, a schedule or an object file; or drop it on the page', () =>
      input.click(),
    ),
    ...actions.links,
    input,
  );
}
