import type { Random } from './random.js';
import { mutate } from './text/mutate.js';
import { extremeNumber } from './text/words.js';
import { INPUT, textTarget } from './text-target.js';

const SIZES = [
  '0',
  '1',
  '4',
  '8',
  '12',
  '60',
  '64',
  '512',
  '4096',
  '4097',
  '20480',
  '32764',
  '32768',
  '32769',
];
const ALIGNS = ['1', '2', '4', '8', '16', '64', '256', '4096', '8192', '3', '0'];

function statement(random: Random): string {
  const kind = random.between(0, 9);
  const count = (): string => (random.chance(90) ? String(random.between(1, 600)) : extremeNumber(random));
  if (kind < 6) {
    const how = random.chance(20) ? `${random.of(['atomic', 'reserved', 'atomic reserved'])} ` : '';
    const align = random.chance(70) ? random.of(['4', '8']) : random.of(ALIGNS);
    return `${how}${random.of(SIZES)}:${align}${random.chance(80) ? ` ${random.of(['x', 'x ', '*'])}${count()}` : ''}`;
  }
  if (kind < 7) return 'balance';
  return `free ${random.of(['all', `first ${count()}`, `last ${count()}`, `1/${random.between(1, 9)}`, `${count()}/${count()}`])}`;
}

function makeText(random: Random): string {
  const script = Array.from({ length: random.between(1, 14) }, () => statement(random)).join(
    random.of(['\n', ', ', '; ', ' // and\n']),
  );
  if (random.chance(60)) return script;
  return mutate(script, random, {
    samples: [{ name: 'another', text: statement(random) }],
    words: [
      'x',
      '*',
      ':',
      '/',
      ',',
      ';',
      'free',
      'all',
      'first',
      'last',
      'atomic',
      'reserved',
      'balance',
      '#',
    ],
  });
}

const OPTIONS: readonly (readonly string[])[] = [
  [],
  ['--cpus', '1'],
  ['--cpus', '8192'],
  ['--hints', 'old'],
  ['--static-size', '4'],
  ['--static-size', '1048576'],
  ['--static-size', '65531'],
  ['--no-work'],
  ['--programs', '700'],
];

export const percpu = textTarget({
  name: 'percpu',
  about: 'scripts for the per-CPU allocator, under every option: the allocator’s tables, or diagnostics',
  file: 'script.txt',
  inTest: 20,
  reaches: ['percpu 0', 'percpu 1', 'percpu refused'],
  make: (random) => ({
    args: [
      ...(random.chance(40) ? ['--json'] : []),
      'percpu',
      ...random.of(OPTIONS),
      ...random.of(OPTIONS),
      INPUT,
    ],
    text: makeText(random),
  }),
});
