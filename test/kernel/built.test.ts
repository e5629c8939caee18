import { describe, expect, test } from 'vitest';
import { shippedFiles } from '../../src/cli/shipped.js';
import { printInsn } from '../../src/isa/print/listing.js';
import type { Kernel } from '../../src/kernel/kernel.js';
import { MODELS } from '../../src/kernel/model.js';
import { bootScenario } from '../../src/lab/boot.js';
import { Environment, parseOrThrow, type ShippedFiles } from '../../src/lab/environment.js';

const LAB = parseOrThrow({
  name: 'lab.bpf',
  text: `
    global n : u64
    program p : kprobe/htab_map_delete_elem {
        r1 = n ll
        r2 = 1
        lock *(u64 *)(r1 + 0) += r2
        r0 = 0
        exit
    }
    map h : hash { key 4, value 8, max_entries 2 }
    scenario { cpu 0 { delete h[1] } }
  `,
});
const [SCENARIO] = LAB.declarations.filter((d) => d.kind === 'scenario');

const shipped = shippedFiles();
const { built: _, ...textOnly } = shipped;

function boot(files: ShippedFiles, model: (typeof MODELS)[number]): Kernel {
  return bootScenario(LAB, SCENARIO, new Environment(files), { model }).kernel;
}

/** All that is placed, as in the files: instruction by instruction. */
function listing({ machine: { text } }: Kernel): string[] {
  const lines: string[] = [];
  for (let slot = 0; slot < text.slots; slot += 1) {
    const placed = text.at(slot);
    if (placed === undefined) continue;
    const { insn, fn } = placed;
    const at = insn.span && `${insn.span.source.name}:${insn.span.start}-${insn.span.end}`;
    lines.push(
      `${fn.name} ${printInsn(insn, { style: 'llvm', alu32: true, bytes: false })} ${insn.ref?.name} ${at}`,
    );
  }
  return lines;
}

describe('the kernel that was assembled when the package was built', () => {
  test.each(MODELS.map((m) => [m.name, m] as const))('is what its files say, for %s', (_name, model) => {
    const fromImage = boot(shipped, model);
    const fromText = boot(textOnly, model);
    expect(fromImage.machine.text.functions).toEqual(fromText.machine.text.functions);
    expect(fromImage.machine.text.code).toEqual(fromText.machine.text.code);
    expect(fromImage.machine.text.entries).toEqual(fromText.machine.text.entries);
    expect(Buffer.compare(fromImage.memory.u8, fromText.memory.u8)).toBe(0);
    expect(listing(fromImage)).toEqual(listing(fromText));
  });

  test('is left aside where a file has changed since', () => {
    const map = shipped.kernel.get('map')!;
    const text = map.text.replace('function htab_map_delete_elem', 'global added : u64 = 7\n\n$&');
    expect(text).not.toBe(map.text);
    const kernel = new Map([...shipped.kernel, ['map', { ...map, text }]]);
    const { globals } = boot({ ...shipped, kernel }, MODELS[0]!);
    expect(globals.has('added')).toBe(true);
    expect(boot(shipped, MODELS[0]!).globals.has('added')).toBe(false);
  });
});
