import { Command } from 'commander';
import { declareTypes } from '../kernel/boot/lab-types.js';
import { typesOf } from '../kernel/boot/types.js';
import { labHeader } from '../kernel/header/lab.js';
import { vmlinuxHeader } from '../kernel/header/vmlinux.js';
import { DEFAULT_MODEL } from '../kernel/model.js';
import { modelNamed, parseOrThrow } from '../lab/environment.js';
import { Findings } from '../text/findings.js';
import type { CliContext } from './context.js';
import { kernelOption } from './options.js';
import { readText } from './read.js';

export function headerCommand(cx: CliContext): Command {
  return new Command('header')
    .argument('[lab]', 'a lab, whose structures, functions and tracepoints are printed as well')
    .addOption(kernelOption())
    .action((path: string | undefined, options: { readonly kernel?: string }) => {
      const model = modelNamed(options.kernel ?? DEFAULT_MODEL);
      const lab = path === undefined ? undefined : parseOrThrow(readText(path, cx.stdin), cx.maxErrors);
      const types = typesOf(model);
      const findings = new Findings();
      if (lab !== undefined) declareTypes(lab, types, findings);
      findings.orThrow();
      const text = vmlinuxHeader(model, lab && labHeader(lab, types));
      if (cx.json) cx.document({ kernel: model.name, header: text });
      else cx.out(text);
    });
}
