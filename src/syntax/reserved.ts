import { expectationsOf } from './expected.js';
import { bpfGrammar } from './tree.js';

/** Whether a name is a register or a word of the assembler, in whatever case, so that no declaration can have it. */
export const isReserved = (name: string): boolean =>
  bpfGrammar.match(name.toLowerCase(), 'reserved').succeeded();

let known: ReadonlySet<string> | undefined;

/** Words that an instruction can begin with, such as `if`. */
export function firstWords(): ReadonlySet<string> {
  known ??= new Set(
    expectationsOf(bpfGrammar, bpfGrammar.match('', 'Insn'))
      .flatMap((e) => e.spellings)
      .filter((text) => /^\w+$/.test(text)),
  );
  return known;
}
