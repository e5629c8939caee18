// cspell:ignore readelf
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { exportedFrom, read, shippedLabs } from '../support/exported.js';
import { tinybpfHere } from '../support/in-process.js';
import { scratch } from '../support/shell.js';

const dir = scratch();
/** What other programs say of the objects; they are not looked at where there is no such program. */
const find = (...names: readonly string[]): string | undefined =>
  names.find((name) => spawnSync(name, ['--version']).status === 0);
const bpftool = find('bpftool', '/usr/sbin/bpftool');
const objdump = find('llvm-objdump-19');
const readelf = find('llvm-readelf-19');
/** A test that needs a tool, whose name says so where there is none. */
function needs(tool: string | undefined, name: string, run: () => void | Promise<void>): void {
  const isMissing = tool === undefined;
  test.skipIf(isMissing)(isMissing ? `${name} (skipped: there is no such tool)` : name, run);
}

const objects = [...shippedLabs(), 'test/data/export/all.bpf'].flatMap((path) => {
  const { bytes } = exportedFrom(path, read(path));
  if (bytes === undefined) return [];
  const object = join(dir, `${basename(path, '.bpf')}.bpf.o`);
  writeFileSync(object, bytes);
  return [{ name: basename(path), object }];
});

/** What a tool prints; its complaints are the test's. */
function say(tool: string, ...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(tool, args, { encoding: 'utf8' });
  expect({ tool, args, status, stderr }).toEqual({ tool, args, status: 0, stderr: '' });
  return stdout;
}

describe.each(objects)('$name', ({ object }) => {
  needs(objdump, 'is listed by llvm-objdump -d -r as by us, with the lines of the lab', async () => {
    const ours = await tinybpfHere(['disasm', object]);
    expect(ours).toMatchObject({ status: 0, stderr: '' });
    expect(say(objdump!, '-d', '-r', object).trimEnd()).toBe(ours.stdout.trimEnd());
    const withLines = await tinybpfHere(['disasm', '-S', object]);
    expect(say(objdump!, '-d', '-r', '-S', object).trimEnd()).toBe(withLines.stdout.trimEnd());
  });

  needs(readelf, 'is read by llvm-readelf', () => {
    const text = say(readelf!, '-a', '-W', object);
    expect(text).toMatch(/Machine: +EM_BPF/);
    expect(text).toMatch(/Type: +REL/);
    expect(text).not.toMatch(/warning|corrupt|<unknown>/);
  });

  needs(bpftool, 'has BTF that libbpf reads', () => {
    expect(say(bpftool!, 'btf', 'dump', 'file', object)).toContain("DATASEC 'license'");
  });

  needs(bpftool, 'is opened, and linked, by libbpf', () => {
    const skeleton = say(bpftool!, 'gen', 'skeleton', object, 'name', 'lab');
    expect(skeleton).toContain('struct bpf_program *');
    const linked = object.replace(/\.o$/, '.linked.o');
    say(bpftool!, 'gen', 'object', linked, object);
    expect(say(bpftool!, 'gen', 'skeleton', linked, 'name', 'lab')).toContain('struct bpf_program *');
  });
});

needs(bpftool, 'functions of the kernel are declared as it has them', () => {
  const calls = [
    [
      'bpf_cpumask_create',
      'call bpf_cpumask_create\nif r0 == 0 goto out\nr1 = r0\ncall bpf_cpumask_release\n',
    ],
  ];
  const [[, code]] = calls as [[string, string]];
  const text = `program masks : tp_btf/bpf_trace_printk {\n${code}out:\nr0 = 0\nexit\n}\n`;
  const { bytes } = exportedFrom('masks.bpf', text);
  const object = join(dir, 'masks.bpf.o');
  writeFileSync(object, bytes!);
  const btf = say(bpftool!, 'btf', 'dump', 'file', object, 'format', 'c');
  expect(btf).toContain('struct bpf_cpumask');
  const raw = say(bpftool!, 'btf', 'dump', 'file', object);
  expect(raw).toMatch(/FUNC 'bpf_cpumask_create' type_id=\d+ linkage=extern/);
  expect(raw).toMatch(/DATASEC '\.ksyms' size=0 vlen=2/);
  say(bpftool!, 'gen', 'skeleton', object, 'name', 'lab');
});
