import { Random } from './random.js';
import type { Files, Kind, Outcome, Target, Wrong } from './target.js';

/** An error that nobody expected is what is wrong with an input, too. */
function thrown(e: unknown): Wrong {
  const error = e instanceof Error ? e : new Error(String(e));
  const [frame] = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return {
    kind: `thrown: ${error.message.replace(/\d+/g, 'N').slice(0, 80)}${frame?.replace(/:\d+:\d+/, '') ?? ''}`,
    details: error.stack ?? error.message,
  };
}

async function outcomeOf<T>(kind: Kind<T>, input: T): Promise<Outcome> {
  try {
    return await kind.judge(input);
  } catch (e) {
    return { end: 'thrown', wrong: thrown(e) };
  }
}

async function reduced<T>(kind: Kind<T>, input: T, wrong: Wrong) {
  let last = wrong;
  const fails = async (smaller: T): Promise<boolean> => {
    const now = (await outcomeOf(kind, smaller)).wrong;
    if (now?.kind !== wrong.kind) return false;
    last = now;
    return true;
  };
  const small = (await kind.shrink?.(input, fails)) ?? input;
  const shown = kind.show(small);
  const files: Files = kind.files?.(small) ?? new Map([[`${kind.name}.txt`, shown]]);
  return { wrong: last, shown, files };
}

/** Adds a kind of input to the table of targets. */
export function define<T>(kind: Kind<T>): Target {
  const { name, about, inTest, reaches } = kind;
  return {
    name,
    about,
    inTest,
    reaches,
    show: async (seed) => kind.show(await kind.make(new Random(seed))),
    attempt: async (seed) => {
      const input = await kind.make(new Random(seed));
      const { end, wrong } = await outcomeOf(kind, input);
      if (wrong === undefined) return { end };
      return { end, failure: { wrong, reduce: () => reduced(kind, input, wrong) } };
    },
  };
}
