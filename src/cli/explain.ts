import { Command } from 'commander';
import type { CodeInfo } from '../text/code-info.js';
import { CODES, isCode } from '../text/codes.js';
import { errorAt } from '../text/diagnostic.js';
import { didYouMean } from '../text/nearest.js';
import type { CliContext } from './context.js';
import { UsageError } from './io.js';

export function explainCommand(cx: CliContext): Command {
  return new Command('explain').argument('<code>', 'such as B0201').action((written: string) => {
    const code = written.toUpperCase();
    if (!isCode(code)) {
      const help = didYouMean(code, Object.keys(CODES)) ?? '`tinybpf list codes` shows all';
      throw new UsageError(errorAt('B0803', `there is no diagnostic ${written}`, { help }));
    }
    const { title, explain, wrong, right }: CodeInfo = CODES[code];
    if (cx.json) {
      cx.document({ code, title, explain, wrong, right });
      return;
    }
    const labs = [
      ['wrong', wrong],
      ['right', right],
    ].flatMap(([name, lab]) =>
      lab === undefined ? [] : [`\n\n${name}:\n\n${lab.replace(/^(?=.)/gm, '    ')}`],
    );
    cx.out(`${cx.palette.bold(`${code}: ${title}`)}\n\n${explain}${labs.join('')}`);
  });
}
