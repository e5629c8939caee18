import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Restart } from '../../src/explore/reduce/run-results.js';
import { finish, SearchContext } from '../../src/explore/search.js';
import { shorten, Unreduced } from '../../src/explore/shorten.js';
import type { Space } from '../../src/explore/space.js';
import { modelNamed, parseOrThrow } from '../../src/lab/environment.js';
import { PROPERTY_NAMES, type Property, propertyBit } from '../../src/lab/properties.js';
import { scenariosOf } from '../../src/lab/run.js';
import { CHOICE, isInterrupt } from '../../src/replay/choice.js';
import { makeScene, type Scene } from '../../src/replay/scene.js';
import { InputError } from '../../src/text/diagnostic.js';
import { Random } from '../fuzz/random.js';
import { environment } from '../support/environment.js';
import { seedOf } from './oracle/compare.js';
import { labOf } from './oracle/draft.js';
import { draftOf } from './oracle/generate.js';

/** Random labs and walks are made by this seed; as many labs as `SHORTEN_LABS` says. */
const SEED = Number(process.env['ORACLE_SEED'] ?? 1);
const LABS = Number(process.env['SHORTEN_LABS'] ?? 60);
const WALKS = 5;
const MOST_MOVES = 400;

type Boot = () => Scene;
type Moves = readonly number[];
const never = (): boolean => false;

const shipped = (name: string, guardName: string): Boot => {
  const text = readFileSync(new URL(`../../programs/explore/${name}`, import.meta.url), 'utf8');
  const lab = parseOrThrow({ name, text });
  return () => makeScene(lab, scenariosOf(lab)[0]!, environment, { guardName });
};

const random = (seed: number): Boot => {
  const { text, kernel } = labOf(draftOf(seed));
  const lab = parseOrThrow({ name: 'random.bpf', text });
  return () => makeScene(lab, scenariosOf(lab)[0]!, environment, { model: modelNamed(kernel) });
};

const BOOTS: readonly Boot[] = [
  shipped('two-tasks.bpf', 'arm64-v1'),
  shipped('u8-wrap.bpf', 'none'),
  shipped('three-tasks-irq-nmi.bpf', 'none'),
  ...Array.from({ length: LABS }, (_, n) => random(seedOf(SEED, n))),
];

/** Does something with every lab that can be explored, and again where what was assumed of it proves wrong. */
function withAll(look: (context: SearchContext, random: Random) => void): void {
  for (const [n, boot] of BOOTS.entries())
    try {
      const context = new SearchContext(boot(), false);
      for (let isDone = false; !isDone; )
        try {
          look(context, new Random(seedOf(SEED, n)));
          isDone = true;
        } catch (e) {
          if (!(e instanceof Restart)) throw e;
        }
    } catch (e) {
      if (!(e instanceof InputError)) throw e;
    }
}

/** Goes on at random, mostly with the same thread, until all is over; the moves, and what has been broken on the way. */
function walk(
  space: Space,
  first: Int32Array,
  random: Random,
  look: (state: Int32Array) => void = () => {},
): { readonly moves: Moves; readonly broken: readonly Property[] } {
  const state = first.slice();
  const moves: number[] = [];
  const out: number[] = [];
  let broken = 0;
  while (moves.length < MOST_MOVES) {
    look(state);
    const n = space.choices(state, out);
    broken |= space.broken;
    if (n === 0) break;
    const last = moves.at(-1) ?? -1;
    const goesOn = out.slice(0, n).includes(last) && (isInterrupt(last) || random.chance(85));
    moves.push(goesOn ? last : out[random.between(0, n - 1)]!);
    space.advance(state, moves.at(-1)!);
    broken |= space.broken;
    if (space.isDead) break;
  }
  return { moves, broken: PROPERTY_NAMES.filter((p) => (broken & propertyBit(p)) !== 0) };
}

/** The number of moves after which a property is broken, all of them made from the start on; or -1. */
function breaksAfter(space: Space, first: Int32Array, moves: Moves, property: Property): number {
  const bit = propertyBit(property);
  const state = first.slice();
  const out: number[] = [];
  for (const [i, move] of moves.entries()) {
    const n = space.choices(state, out);
    if ((space.broken & bit) !== 0) return i;
    if (!out.slice(0, n).includes(move)) return -1;
    space.advance(state, move);
    if ((space.broken & bit) !== 0) return i + 1;
    if (space.isDead) return -1;
  }
  space.choices(state, out);
  return (space.broken & bit) !== 0 ? moves.length : -1;
}

/** What `shorten` is to come to, found without keeping anything: every try begins at the start. */
function shortened(space: Space, first: Int32Array, moves: Moves, property: Property): Moves {
  const after = (tried: Moves): number => breaksAfter(space, first, tried, property);
  let best = moves.slice(0, Math.max(0, after(moves)));
  if (best.length === 0) return moves;
  for (let end = best.length; end > 0; ) {
    let start = end - 1;
    while (start > 0 && best[start - 1] === best[end - 1]) start -= 1;
    for (let cut = start + 1; cut < end; cut += 1) {
      const without = [...best.slice(0, cut), ...best.slice(end)];
      const broken = after(without);
      if (broken < 0) continue;
      best = without.slice(0, broken);
      break;
    }
    end = start;
  }
  return best;
}

test(`a schedule is shortened to what it comes to without keeping anything of a try (seed ${SEED})`, () => {
  const seen = { shorter: 0, interrupts: 0, properties: new Set<Property>() };
  withAll((context, random) => {
    const { first } = context;
    const machine = new Unreduced(context);
    const space = context.space();
    for (let n = 0; n < WALKS; n += 1) {
      const { moves, broken } = walk(space, first, random);
      for (const property of broken) {
        const best = shortened(space, first, moves, property);
        expect(finish(shorten(machine, moves, property, never))).toEqual(best);
        seen.properties.add(property);
        if (best.length < moves.length) seen.shorter += 1;
        if (best.length < moves.length && moves.some(isInterrupt)) seen.interrupts += 1;
      }
    }
  });
  expect(seen.shorter).toBeGreaterThan(LABS / 2);
  expect(seen.interrupts).toBeGreaterThan(LABS / 8);
  expect(seen.properties.size).toBeGreaterThan(2);
});

test(`a choice is allowed where it is one of all that can be made (seed ${SEED})`, () => {
  let refused = 0;
  withAll((context, random) => {
    const space = context.space();
    const { sources, tasks, kernel } = space.scene;
    const all = [
      ...tasks.map((_, i) => CHOICE.task(i)),
      ...kernel.processors.map(({ id }) => CHOICE.interrupt(id)),
      ...sources.flatMap((_, i) => kernel.processors.map(({ id }) => CHOICE.arrival(i, id))),
    ];
    for (let n = 0; n < 2; n += 1)
      walk(space, context.first, random, (state) => {
        const out: number[] = [];
        const allowed = all.filter((c) => space.allows(state, c));
        const length = space.choices(state, out);
        expect(allowed).toEqual(out.slice(0, length).sort((a, b) => a - b));
        refused += all.length - length;
      });
  });
  expect(refused).toBeGreaterThan(1000);
});
