import fc from 'fast-check';
import { define } from './define.js';
import type { Kind, Outcome, Target } from './target.js';

/** A value, and the seed that an arbitrary makes it from. */
interface Made<T> {
  readonly seed: number;
  readonly value: T;
}

/** Inputs that fast-check makes and shrinks. */
export interface ArbitraryKind<T> extends Pick<Kind<T>, 'name' | 'about' | 'inTest' | 'reaches' | 'show'> {
  readonly arbitrary: fc.Arbitrary<T>;
  readonly judge: (value: T) => Outcome | Promise<Outcome>;
}

/** Shrinking stops after so many values, since a few of them take long. */
const MOST_SHRINKS = 200;

export function arbitraryTarget<T>(kind: ArbitraryKind<T>): Target {
  const { name, about, inTest, reaches, arbitrary, show } = kind;
  return define<Made<T>>({
    name,
    about,
    inTest,
    reaches,
    make: (random) => {
      const seed = random.word();
      return { seed, value: fc.sample(arbitrary, { seed, numRuns: 1 })[0]! };
    },
    judge: ({ value }) => kind.judge(value),
    shrink: async ({ seed, value }, fails) => {
      let left = MOST_SHRINKS;
      const holds = fc.asyncProperty(arbitrary, async (smaller) => {
        left -= 1;
        return left < 0 || !(await fails({ seed, value: smaller }));
      });
      const { counterexample } = await fc.check(holds, { seed, numRuns: 1 });
      return { seed, value: counterexample?.[0] ?? value };
    },
    show: ({ value }) => show(value),
  });
}
