import type { Random } from '../../fuzz/random.js';
import type { Piece } from './draft.js';
import { Pieces, type Place } from './pieces.js';
import { type Kind, type Theme, weighted } from './themes.js';

const word = (n: number): Place => ({ kind: 'word', n });

/** What actors of one lab have in common: a place that matters, and two words to tell each other something by. */
interface Roles {
  readonly secret: Place;
  readonly flags: readonly [Place, Place];
}

function rolesOf(random: Random, secrets: readonly ('word' | 'percpu' | 'map')[]): Roles {
  const [f, g] = random.of([
    [1, 2],
    [1, 2],
    [2, 1],
    [1, 1],
  ] as const);
  const kind = random.of(secrets);
  const secret: Place = kind === 'word' ? word(0) : kind === 'map' ? { kind, key: 0 } : { kind };
  return { secret, flags: [word(f), word(g)] };
}

/** Makes bodies of functions. */
export class Bodies {
  readonly pieces: Pieces;
  readonly random: Random;
  readonly roles: Roles;

  constructor(random: Random, theme: Theme) {
    this.random = random;
    this.pieces = new Pieces(random, theme);
    this.roles = rolesOf(
      random,
      theme.secrets ?? ['word', 'word', 'word', 'word', 'percpu', 'percpu', 'map'],
    );
  }

  #maybe(percent: number, make: () => Piece): Piece[] {
    return this.random.chance(percent) ? [make()] : [];
  }

  #flag(): Place {
    return this.random.of(this.roles.flags);
  }

  place(): Place {
    const { random, roles } = this;
    return random.chance(50) ? roles.secret : random.chance(70) ? this.#flag() : word(random.between(0, 2));
  }

  effect(place: Place = this.place()): Piece {
    return this.pieces.write(place);
  }

  any(depth: number): Piece {
    const { pieces, random } = this;
    const inside = (): Piece[] =>
      depth <= 0 ? [] : Array.from({ length: random.between(1, 2) }, () => this.any(depth - 1));
    const kinds: readonly (readonly [number, () => Piece])[] = [
      [18, () => this.effect()],
      [16, () => pieces.read(this.place())],
      [18, () => pieces.sink()],
      [8, () => pieces.gate(this.#flag(), 'out')],
      [6, () => pieces.gate(this.place(), undefined, inside())],
      [6, () => pieces.pulse(this.#flag(), inside())],
      [8, () => pieces.section(inside())],
      [4, () => pieces.publish(inside())],
      [5, () => pieces.follow()],
      [5, () => pieces.table()],
      [5, () => pieces.ask()],
      [2, () => pieces.sub()],
      [2, () => pieces.copy()],
      [1, () => pieces.tail()],
      [1, () => pieces.spin(this.#flag())],
    ];
    return weighted(
      random,
      kinds.map(([weight, make]) => ({ weight, make })),
    ).make();
  }

  free(): Piece[] {
    return Array.from({ length: this.random.between(1, 4) }, () => this.any(1));
  }

  /** Does something early, tells others, and goes on to what matters only where they have answered. */
  late(): Piece[] {
    const { pieces, random, roles } = this;
    const [f, g] = roles.flags;
    const early = [
      ...this.#maybe(85, () => pieces.write(roles.secret)),
      ...this.#maybe(15, () => this.any(0)),
      ...this.#maybe(50, () => (random.chance(60) ? pieces.set(g) : pieces.pulse(g, []))),
    ];
    const end = [
      ...this.#maybe(15, () => this.effect(roles.secret)),
      random.chance(80) ? pieces.read(roles.secret) : random.chance(50) ? pieces.table() : pieces.follow(),
      ...this.#maybe(85, () => pieces.sink()),
    ];
    const gated = random.chance(70)
      ? [pieces.gate(f, 'out'), ...end]
      : [pieces.gate(f, undefined, end), ...this.#maybe(40, () => pieces.sink())];
    return [...early, ...gated];
  }

  /** Is something else for a while only, perhaps once it has been asked. */
  pulsing(): Piece[] {
    const { pieces, random, roles } = this;
    const [f, g] = roles.flags;
    return [
      ...this.#maybe(45, () => pieces.gate(g, 'out')),
      ...this.#maybe(15, () => this.effect(roles.secret)),
      pieces.pulse(f, [
        ...this.#maybe(30, () => this.effect(random.chance(60) ? roles.secret : this.place())),
        ...this.#maybe(15, () => pieces.gate(g, 'out')),
        ...this.#maybe(10, () => this.any(0)),
      ]),
    ];
  }

  publisher(): Piece[] {
    const { pieces } = this;
    return [
      ...this.#maybe(25, () => this.any(0)),
      pieces.publish([...this.#maybe(30, () => this.any(0))]),
      ...this.#maybe(25, () => this.any(0)),
    ];
  }

  follower(): Piece[] {
    const { pieces } = this;
    return [...this.#maybe(20, () => this.any(0)), pieces.follow(), ...this.#maybe(80, () => pieces.sink())];
  }

  /** Does something before others are kept away, inside, and afterwards. */
  masked(): Piece[] {
    const { pieces, random, roles } = this;
    const place = random.chance(60) ? roles.secret : this.place();
    return [
      ...this.#maybe(70, () => this.effect(place)),
      pieces.section([...this.#maybe(80, () => this.effect(place)), ...this.#maybe(30, () => this.any(0))]),
      ...this.#maybe(40, () => this.effect(place)),
    ];
  }

  /** Takes down what it finds. */
  copier(): Piece[] {
    const { pieces, random } = this;
    return [
      random.chance(80) ? pieces.read(this.place()) : pieces.ask(),
      ...this.#maybe(20, () => this.any(0)),
      pieces.sink(),
      ...this.#maybe(30, () => this.effect()),
    ];
  }

  asker(): Piece[] {
    const { pieces } = this;
    return [...this.#maybe(30, () => pieces.gate(this.place(), 'out')), pieces.ask(), pieces.sink()];
  }

  /** Reads and writes what others do, and puts down what it has read. */
  racer(): Piece[] {
    const { pieces, random, roles } = this;
    const place = (): Place => (random.chance(75) ? roles.secret : this.#flag());
    return Array.from({ length: random.between(2, 3) }).flatMap(() =>
      random.chance(50) ? [pieces.write(place())] : [pieces.read(place()), pieces.sink()],
    );
  }

  body(kind: Kind): Piece[] {
    switch (kind) {
      case 'racer':
        return this.racer();
      case 'masked':
        return this.masked();
      case 'copier':
        return this.copier();
      case 'asker':
        return this.asker();
      case 'late':
        return this.late();
      case 'pulsing':
        return this.pulsing();
      case 'publisher':
        return this.publisher();
      case 'follower':
        return this.follower();
      case 'free':
        return this.free();
      default:
        return kind satisfies never;
    }
  }
}
