import { deflateSync, Inflate, inflateSync, strToU8 } from 'fflate';

/** What the address of the page says. */
export interface PageState {
  /** Name of a shipped lab, if its text is unchanged. */
  readonly lab?: string;
  readonly text?: string;
  readonly guard?: string;
  readonly kernel?: string;
  /** The guard to compare with. */
  readonly against?: string;
  readonly scenario?: number;
  readonly at?: number;
  /** A lesson of the course, counted from 1; its lab, if nothing is said of another. */
  readonly lesson?: number;
  /** A schedule to carry out, as a file of it reads. */
  readonly schedule?: string;
  /** What the middle of the page is about; a run, if absent. */
  readonly mode?: string;
}

/**
 * Bytes of the largest text taken from an address: a compressed one can be much shorter than what it becomes.
 * @internal
 */
export const LARGEST = 256 * 1024;
/** Bytes that are decompressed at once, so that no more than some thousand times as many can come of them. */
const PIECE = 512;

function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (const b of bytes) text += String.fromCharCode(b);
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

function fromBase64(text: string): Uint8Array {
  const raw = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(raw, (c) => c.charCodeAt(0));
}

/**
 * The text, deflated, in characters that an address may have.
 * @internal
 */
export function pack(text: string): string {
  return toBase64(deflateSync(strToU8(text)));
}

/** How much there is in it; no more is decompressed than it takes to see that it is too much. */
function sizeOf(bytes: Uint8Array): number {
  let size = 0;
  const inflate = new Inflate((piece) => {
    size += piece.length;
  });
  for (let at = 0; at < bytes.length && size <= LARGEST; at += PIECE)
    inflate.push(bytes.subarray(at, at + PIECE), at + PIECE >= bytes.length);
  return size;
}

/**
 * Throws where it is not what `pack` makes, or too large.
 * @internal
 */
export function unpack(packed: string): string {
  const bytes = fromBase64(packed);
  if (bytes.length === 0) throw new TypeError('there is nothing in it');
  if (sizeOf(bytes) > LARGEST) throw new RangeError(`there are more than ${LARGEST} bytes in it`);
  // A piece that is not the last cannot tell that the last is missing.
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(inflateSync(bytes));
}

function whole(text: string | null): number | undefined {
  return text !== null && /^\d{1,7}$/.test(text) ? Number(text) : undefined;
}

const NAMES = ['lab', 'guard', 'kernel', 'against', 'mode'] as const;
const NUMBERS = ['scenario', 'at', 'lesson'] as const;
const TEXTS = [
  ['text', 'lab'],
  ['schedule', 'schedule'],
] as const;

/** Reads the part after `#`; what cannot be understood in it is left out and said. */
export function readHash(hash: string): { readonly state: PageState; readonly troubles: readonly string[] } {
  const given = new URLSearchParams(hash.replace(/^#/, ''));
  const troubles: string[] = [];
  const found: [string, string | number][] = [];
  for (const field of NAMES) {
    const value = given.get(field);
    if (value !== null) found.push([field, value]);
  }
  for (const field of NUMBERS) {
    const value = given.get(field);
    const number = whole(value);
    if (number !== undefined) found.push([field, number]);
    else if (value !== null) troubles.push(`\`${field}\` in the address is not a number`);
  }
  for (const [field, what] of TEXTS) {
    const value = given.get(field);
    if (value === null) continue;
    try {
      found.push([field, unpack(value)]);
    } catch (e) {
      const why = e instanceof RangeError ? e.message : 'it is damaged';
      troubles.push(`the ${what} in the address cannot be read: ${why}`);
    }
  }
  return { state: Object.fromEntries(found), troubles };
}

/** Keeps what was packed last: the same text is written again and again while the cursor moves over its events. */
function packer(): (text: string) => string {
  let last = { text: '', packed: pack('') };
  return (text) => {
    if (last.text !== text) last = { text, packed: pack(text) };
    return last.packed;
  };
}
const PACKERS = { text: packer(), schedule: packer() };

/**
 * Whether an address can hold a text.
 * @internal
 */
export const canHold = (text: string): boolean =>
  text.length <= LARGEST && (text.length * 3 <= LARGEST || strToU8(text).length <= LARGEST);

/** Whether an address can hold all that a state has. */
export const isHeld = ({ text = '', schedule = '' }: PageState): boolean =>
  canHold(text) && canHold(schedule);

/** The part after `#`, with it. A text that no address can hold is left out. */
export function writeHash(state: PageState): string {
  const out = new URLSearchParams();
  for (const field of [...NAMES, ...NUMBERS]) {
    const value = state[field];
    if (value !== undefined) out.set(field, String(value));
  }
  for (const [field] of TEXTS.toReversed()) {
    const value = state[field];
    if (value !== undefined && canHold(value)) out.set(field, PACKERS[field](value));
  }
  return `#${out}`;
}

/** Most letters of a name from an address that are shown. */
const LONGEST_NAME = 80;

/** What is chosen once an address has been opened; undefined where there is nothing of the kind, or the lab says. */
export type Shown = Readonly<
  Record<Exclude<(typeof NAMES)[number], 'mode'>, string | undefined> & { scenario: number | undefined }
>;

/** What an address asks for that there is not, so that something else is shown. */
export function notShown(asked: PageState, shown: Shown): string[] {
  const { scenario = 0 } = asked;
  const lab = asked.text === undefined && shown.lab === undefined ? asked.lab : undefined;
  const differing: readonly (readonly [string, string | undefined])[] = [
    ['lab', lab],
    ['guard', asked.guard === shown.guard ? undefined : asked.guard],
    ['guard', asked.against === shown.against ? undefined : asked.against],
    ['kernel', asked.kernel === shown.kernel ? undefined : asked.kernel],
    ['scenario', scenario === (shown.scenario ?? 0) ? undefined : String(scenario + 1)],
  ];
  return differing.flatMap(([what, name]) =>
    name === undefined
      ? []
      : [`the address asks for a ${what} that there is not: ${name.slice(0, LONGEST_NAME)}`],
  );
}
