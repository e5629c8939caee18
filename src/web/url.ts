/** What the address of the page says. */
export interface PageState {
  /** Name of a shipped lab, if its text is unchanged. */
  readonly lab?: string;
  readonly text?: string;
  readonly guard?: string;
  readonly kernel?: string;
  /** The guard to compare with. */
  readonly against?: string;
  /** Whether what Linux would not load is refused, or Linux is not asked. */
  readonly verify?: string;
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
function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (const b of bytes) text += String.fromCharCode(b);
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const raw = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(raw, (c) => c.charCodeAt(0));
}

/** What a stream makes of bytes. Throws `RangeError` as soon as that is more than it may be. */
async function through(
  bytes: Uint8Array<ArrayBuffer>,
  stream: CompressionStream | DecompressionStream,
  most: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const reader = new Blob([bytes]).stream().pipeThrough(stream).getReader();
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return new Uint8Array(await new Blob(pieces).arrayBuffer());
    pieces.push(value);
    size += value.length;
    if (size <= most) continue;
    await reader.cancel();
    throw new RangeError(`there are more than ${most} bytes in it`);
  }
}

/**
 * The text, deflated, in characters that an address may have.
 * @internal
 */
export async function pack(text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text);
  return toBase64(await through(bytes, new CompressionStream('deflate-raw'), Infinity));
}

/**
 * Throws where it is not what `pack` makes, or too large.
 * @internal
 */
export async function unpack(packed: string): Promise<string> {
  const bytes = await through(fromBase64(packed), new DecompressionStream('deflate-raw'), LARGEST);
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
}

function whole(text: string | null): number | undefined {
  return text !== null && /^\d{1,7}$/.test(text) ? Number(text) : undefined;
}

const NAMES = ['lab', 'guard', 'kernel', 'against', 'verify', 'mode'] as const;
const NUMBERS = ['scenario', 'at', 'lesson'] as const;
const TEXTS = [
  ['text', 'lab'],
  ['schedule', 'schedule'],
] as const;

/** Reads the part after `#`; what cannot be understood in it is left out and said. */
export async function readHash(
  hash: string,
): Promise<{ readonly state: PageState; readonly troubles: readonly string[] }> {
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
      found.push([field, await unpack(value)]);
    } catch (e) {
      const why = e instanceof RangeError ? e.message : 'it is damaged';
      troubles.push(`the ${what} in the address cannot be read: ${why}`);
    }
  }
  return { state: Object.fromEntries(found), troubles };
}

/**
 * Whether an address can hold a text.
 * @internal
 */
export const canHold = (text: string): boolean =>
  text.length <= LARGEST && (text.length * 3 <= LARGEST || new TextEncoder().encode(text).length <= LARGEST);

/** Whether an address can hold all that a state has. */
export const isHeld = ({ text = '', schedule = '' }: PageState): boolean =>
  canHold(text) && canHold(schedule);

type TextField = (typeof TEXTS)[number][0];
type Packed = readonly [field: TextField, packed: string];

/** What was packed last: the same text is written again and again while the cursor moves over its events. */
const LAST = new Map<TextField, { readonly text: string; readonly packed: string }>();

/** The texts of a state that an address can hold, and each as it was packed, if it was. */
const textsOf = (state: PageState): readonly (readonly [TextField, string, string | undefined])[] =>
  TEXTS.toReversed().flatMap(([field]) => {
    const text = state[field];
    const last = LAST.get(field);
    if (text === undefined || !canHold(text)) return [];
    return [[field, text, last?.text === text ? last.packed : undefined] as const];
  });

function hashOf(state: PageState, texts: readonly Packed[]): string {
  const out = new URLSearchParams();
  for (const field of [...NAMES, ...NUMBERS]) {
    const value = state[field];
    if (value !== undefined) out.set(field, String(value));
  }
  for (const [field, packed] of texts) out.set(field, packed);
  return `#${out}`;
}

/**
 * The part after `#`, with it; at once unless a text has to be packed first. A text that no address can hold is left out.
 */
export function writeHash(state: PageState): string | Promise<string> {
  const texts = textsOf(state);
  const known = texts.flatMap(([field, , packed]): Packed[] =>
    packed === undefined ? [] : [[field, packed]],
  );
  if (known.length === texts.length) return hashOf(state, known);
  const all = texts.map(async ([field, text, before]): Promise<Packed> => {
    const packed = before ?? (await pack(text));
    LAST.set(field, { text, packed });
    return [field, packed];
  });
  return Promise.all(all).then((packed) => hashOf(state, packed));
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
    ['choice of verify', asked.verify === shown.verify ? undefined : asked.verify],
    ['scenario', scenario === (shown.scenario ?? 0) ? undefined : String(scenario + 1)],
  ];
  return differing.flatMap(([what, name]) =>
    name === undefined
      ? []
      : [`the address asks for a ${what} that there is not: ${name.slice(0, LONGEST_NAME)}`],
  );
}
