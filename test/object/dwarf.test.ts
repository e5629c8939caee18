import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readElf } from '../../src/object/elf.js';
import { readObject } from '../../src/object/read.js';
import { Findings } from '../../src/text/findings.js';
import type { CliResult } from '../support/cli.js';
import { tinybpfHere } from '../support/in-process.js';
import { ownBytes, readOwn } from '../support/objects.js';

/** Prototypes that only DWARF has: those of the functions that BPF_PROG makes and clang inlines. */
const DO = ['--do', 'call unlisted(1, 2, 3)', '--do', 'fire unlisted_event(4, 5)'];

describe.each(['dwarf4', 'dwarf5'])('%s', (name) => {
  const path = `test/data/objects/${name}.bpf.o`;

  test('what programs are given to read', () => {
    const found = readOwn(name).programs.map((p) => [p.name, p.parameters]);
    expect(found).toEqual([
      ['enters', ['first', 'second']],
      ['leaves', ['first', 'second', 'third', 'ret']],
      ['fires', ['a', 'b']],
      ['says_nothing', undefined],
    ]);
  });

  test.each(['interp', 'wasm'])('fexit finds its result after as many arguments: %s', async (engine) => {
    const lab = `object "${path}"
scenario {
    cpu 0 {
        call unlisted(1, 2, 3)
        fire unlisted_event(4, 5)
    }
    expect out[0] == 1
    expect out[1] == 2
    expect out[2] == 3
    expect out[3] == 40
    expect out[4] == 9
}
`;
    const done = await tinybpfHere(['run', '--declare-missing', '--engine', engine, '-'], lab);
    expect(done, `${done.stdout}${done.stderr}`).toMatchObject({ status: 0 });
  });

  test('where no program reads a result, there may be more arguments than the sources have', async () => {
    const fire = await tinybpfHere(['run', path, '--do', 'fire unlisted_event(4, 5, 6)']);
    expect(fire).toMatchObject({ status: 0 });
    expect(fire.stdout).toContain('unlisted(first, second, third), tracepoint unlisted_event(a, b, …)');
    const { stderr } = await tinybpfHere(['run', path, '--do', 'call unlisted(1, 2, 3, 4)']);
    expect(stderr).toContain('error[B0405]: `unlisted` takes 3 arguments, not 4');
  });

  test('a prototype that is given comes before it', async () => {
    const run = (prototype: string): Promise<CliResult> =>
      tinybpfHere(['run', '--function', prototype, path, ...DO]);
    expect((await run('int unlisted(int x, int y, int z)')).status).toBe(0);
    const { stderr } = await run('int unlisted(int x)');
    expect(stderr).toContain('error[B0405]: `unlisted` takes 1 argument, not 3');
  });

  test('damage to it leaves the rest of the object as it is', () => {
    const whole = ownBytes(name);
    const programs = readOwn(name).programs.map((p) => p.name);
    const { base: start, length } = readElf(whole).sections.find((x) => x.name === '.debug_info')!.bytes;
    const end = start + length;
    const damage = fc.array(fc.tuple(fc.integer({ min: start, max: end - 1 }), fc.nat(255)), {
      maxLength: 4,
    });
    fc.assert(
      fc.property(damage, (changes) => {
        const bytes = whole.slice();
        for (const [at, value] of changes) bytes[at] = value;
        const findings = new Findings();
        const read = findings.attempt(() => readObject('x.o', bytes));
        expect(read?.programs.map((p) => p.name)).toEqual(programs);
      }),
    );
  });
});
