import { type Damage, flipped, readDamaged, scrambled, truncated } from '../../support/damage.js';
import { OWN } from '../../support/objects.js';
import { define } from '../define.js';
import type { Random } from '../random.js';

interface Damaged extends Damage {
  readonly name: string;
}

function make(random: Random): Damaged {
  const { name, bytes } = random.of(OWN);
  const fraction = (): number => (random.word() >>> 0) / 2 ** 32;
  const at = random.between(0, bytes.length - 1);
  const kind = random.between(0, 9);
  if (kind < 2) return { name, ...truncated(bytes, at) };
  return { name, ...(kind < 6 ? flipped(bytes, at, fraction) : scrambled(bytes, fraction)) };
}

export const objectBytes = define<Damaged>({
  name: 'object-bytes',
  about: 'objects with bytes changed or cut off: read, or refused with a diagnostic that is one of objects',
  inTest: 100,
  reaches: ['read', 'refused'],
  make,
  judge: ({ bytes }) => ({ end: readDamaged(bytes) ? 'read' : 'refused' }),
  show: ({ name, what }) => `${name}, ${what}`,
  files: ({ bytes }) => new Map([['damaged.o', bytes]]),
});
