import { expect, test } from 'vitest';
import { assemble } from '../../src/isa/assemble.js';
import { bootScenario } from '../../src/lab/boot.js';
import { makeRelocatable, type Relocatable } from '../../src/machine/relocatable.js';
import { WORDS_PER_SLOT } from '../../src/machine/word.js';
import { parseAssembly } from '../../src/syntax/parse-program.js';
import { Findings } from '../../src/text/findings.js';
import { environment } from '../support/environment.js';
import { labScenarios } from '../support/labs.js';

// What is shown of trampolines and of other code that the kernel makes is printed from its instructions; the grammar and the
// assembler, which have no part in that, must read the same instructions in it.
test('the text of the code that the kernel makes says what the code does', () => {
  const seen = new Set<Relocatable>();
  const forms = new Set<string>();
  const spansOf = ({ words, insnAt }: Relocatable): (readonly [number, number] | undefined)[] =>
    Array.from({ length: words.length / WORDS_PER_SLOT }, (_, slot) => {
      const insn = insnAt(slot);
      if (insn !== undefined) forms.add(insn.op.form);
      return insn?.span && [insn.span.start, insn.span.end];
    });
  const labs = new Map(labScenarios('programs', 'programs/guards-of-linux').map((s) => [s.lab, s]));
  for (const { name, lab, scenario } of labs.values()) {
    const { kernel } = bootScenario(lab, scenario, environment, {});
    const { text } = kernel.machine;
    for (const [index, fn] of text.functions.entries()) {
      const code = text.placementOf(index)?.code;
      if (code === undefined || seen.has(code)) continue;
      seen.add(code);
      const source = code.insnAt(0)?.span?.source;
      if (source?.name !== `${fn.name} (generated)`) continue;
      const parsed = parseAssembly(source);
      const { insns, labels, diagnostics } = assemble(parsed.value, { callees: 'any' });
      const read = makeRelocatable({ name: fn.name, insns, labels, isInternal: true }, new Findings());
      const about = `${name}: ${fn.name}`;
      expect([...parsed.diagnostics, ...diagnostics], about).toEqual([]);
      expect(read.words, about).toEqual(code.words);
      expect(read.relocations, about).toEqual(code.relocations);
      expect(read.functions, about).toEqual(code.functions);
      expect(spansOf(read), about).toEqual(spansOf(code));
    }
  }
  expect([...forms]).toEqual(expect.arrayContaining(['jump_imm', 'goto', 'load', 'store_reg', 'store_imm']));
});
