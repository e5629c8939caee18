/** Most inputs that are tried to make one smaller. */
const MOST = 600;

export type Fails<T> = (smaller: T) => Promise<boolean>;

/** Tries that may still be made for one input. */
class Tries {
  #left = MOST;

  get areOver(): boolean {
    return this.#left <= 0;
  }

  take(): boolean {
    this.#left -= 1;
    return this.#left >= 0;
  }
}

/** A shorter list of which `fails` says the same: pieces are left out, large ones first, then ever smaller ones. */
export async function fewer<T>(
  items: readonly T[],
  fails: Fails<readonly T[]>,
  tries = new Tries(),
): Promise<readonly T[]> {
  let kept = items;
  for (let size = Math.ceil(items.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < kept.length && tries.take(); ) {
      const without = [...kept.slice(0, at), ...kept.slice(at + size)];
      if (await fails(without)) kept = without;
      else at += size;
    }
  }
  return kept;
}

/** A smaller text: lines are left out, then words and signs. */
export async function shorterText(text: string, fails: Fails<string>): Promise<string> {
  const tries = new Tries();
  const join = (pieces: readonly string[]): string => pieces.join('');
  const whole = (pieces: readonly string[]) => fails(join(pieces));
  const lines = join(await fewer(text.match(/[^\n]*\n|[^\n]+$/g) ?? [], whole, tries));
  return join(await fewer(lines.match(/\w+|\s+|[^\w\s]/gu) ?? [], whole, tries));
}

/** Fewer bytes, by 8, as instructions have them, then by one. */
export async function fewerBytes(bytes: Uint8Array, fails: Fails<Uint8Array>): Promise<Uint8Array> {
  const tries = new Tries();
  const words = Array.from({ length: Math.ceil(bytes.length / 8) }, (_, i) => [
    ...bytes.subarray(i * 8, i * 8 + 8),
  ]);
  const kept = await fewer(words, (some) => fails(Uint8Array.from(some.flat())), tries);
  return Uint8Array.from(await fewer(kept.flat(), (some) => fails(Uint8Array.from(some)), tries));
}
