import type { Asked } from '../../lab/judge.js';
import { warningAt } from '../../text/diagnostic.js';
import type { LabText, RunChoice } from '../protocol/protocol.js';

/**
 * Who says whether Linux would load the programs of a lab. What does is loaded where the lab, or what is chosen, may want them
 * refused, and else only where it is asked for by itself. If it cannot be loaded, that is said in the place of what it would say.
 */
export async function judgeFor(
  { text }: LabText,
  { verify, asksLinux }: Pick<RunChoice, 'verify' | 'asksLinux'>,
): Promise<Asked> {
  if (verify === 'off') return 'nobody';
  // A word of a comment loads what nothing asks for, which does no harm.
  if (verify === undefined && asksLinux !== true && !/\bverify\b/.test(text)) return undefined;
  const refuses = verify === 'on';
  try {
    const { Linux } = await import('../../verdict/judge.js');
    return new Linux({ refuses });
  } catch {
    const missing = warningAt('B0420', 'Linux’s verifier could not be loaded', { help: 'reload the page' });
    return { refuses, ask: () => [missing], notJudged: [], warn: () => {} };
  }
}
