import { Command } from 'commander';
import { vmlinuxHeader } from '../kernel/header/vmlinux.js';
import { DEFAULT_MODEL } from '../kernel/model.js';
import { modelNamed } from '../lab/environment.js';
import type { CliContext } from './context.js';
import { kernelOption } from './options.js';

export function headerCommand(cx: CliContext): Command {
  return new Command('header').addOption(kernelOption()).action((options: { readonly kernel?: string }) => {
    const { name } = modelNamed(options.kernel ?? DEFAULT_MODEL);
    const text = vmlinuxHeader(modelNamed(name));
    if (cx.json) cx.document({ kernel: name, header: text });
    else cx.out(text);
  });
}
