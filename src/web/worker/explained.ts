import type { Code } from '../../text/codes.js';
import { withoutCommands } from '../commands.js';
import type { Answer, Flaw } from '../protocol/protocol.js';

/**
 * An answer with what there is to explain of its diagnostics, as far as the page can do what it says: texts that are
 * loaded where something is wrong.
 */
export async function explained(answer: Answer): Promise<Answer> {
  const { flaws, runs } = answer;
  if (flaws.length === 0 && runs.every((run) => run.flaws.length === 0)) return answer;
  const { CODES } = await import('../../text/codes.js');
  const isCode = (code: string): code is Code => Object.hasOwn(CODES, code);
  const explain = (of: readonly Flaw[]): Flaw[] =>
    of.map((flaw) =>
      isCode(flaw.code) ? { ...flaw, explain: withoutCommands(CODES[flaw.code].explain) } : flaw,
    );
  return {
    ...answer,
    flaws: explain(flaws),
    runs: runs.map((run) => ({ ...run, flaws: explain(run.flaws) })),
  };
}
