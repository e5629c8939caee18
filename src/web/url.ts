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
  /** A schedule to carry out, as a file of it reads. */
  readonly schedule?: string;
}

/** Largest text taken from an address: a compressed one can be much shorter than what it becomes. */
const LARGEST = 256 * 1024;

function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (const b of bytes) text += String.fromCharCode(b);
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const raw = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(raw, (c) => c.charCodeAt(0));
}

export async function pack(text: string): Promise<string> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream('deflate-raw'));
  return toBase64(new Uint8Array(await new Response(stream).arrayBuffer()));
}

/** Throws where it is not what `pack` makes, or too large. */
export async function unpack(packed: string): Promise<string> {
  const stream = new Blob([fromBase64(packed)]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  const reader = stream.getReader();
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let text = '';
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    size += value.length;
    if (size > LARGEST) {
      await reader.cancel();
      throw new RangeError(`there are more than ${LARGEST} bytes in it`);
    }
    text += decoder.decode(value, { stream: true });
  }
}

const NAME = /^[\w./$-]{1,80}$/;

function whole(text: string | null): number | undefined {
  return text !== null && /^\d{1,7}$/.test(text) ? Number(text) : undefined;
}

/** Reads the part behind `#`; what cannot be understood in it is left out and said. */
export async function readHash(
  hash: string,
): Promise<{ readonly state: PageState; readonly trouble: string | undefined }> {
  const given = new URLSearchParams(hash.replace(/^#/, ''));
  const name = (field: string): string | undefined => {
    const value = given.get(field);
    return value !== null && NAME.test(value) ? value : undefined;
  };
  const troubles: string[] = [];
  const packed = async (field: string, what: string): Promise<string | undefined> => {
    const value = given.get(field);
    if (value === null) return undefined;
    try {
      return await unpack(value);
    } catch (e) {
      troubles.push(
        `the ${what} in the address cannot be read: ${e instanceof RangeError ? e.message : 'it is damaged'}`,
      );
      return undefined;
    }
  };
  const found = {
    lab: name('lab'),
    text: await packed('text', 'lab'),
    guard: name('guard'),
    kernel: name('kernel'),
    against: name('against'),
    scenario: whole(given.get('scenario')),
    at: whole(given.get('at')),
    schedule: await packed('schedule', 'schedule'),
  };
  const state = Object.fromEntries(Object.entries(found).filter(([, v]) => v !== undefined)) as PageState;
  return { state, trouble: troubles.length === 0 ? undefined : troubles.join('; ') };
}

export async function writeHash(state: PageState): Promise<string> {
  const out = new URLSearchParams();
  const { text, schedule, ...rest } = state;
  for (const [field, value] of Object.entries(rest)) if (value !== undefined) out.set(field, String(value));
  if (schedule !== undefined) out.set('schedule', await pack(schedule));
  if (text !== undefined) out.set('text', await pack(text));
  return `#${out}`;
}
