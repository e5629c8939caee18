import { Argument, Command } from 'commander';
import { formatTable, type Row } from '../report/table.js';
import { errorAt } from '../text/diagnostic.js';
import type { CliContext } from './context.js';
import { UsageError } from './io.js';

/** Each table, from files that only it loads; `kernel` is the model that was named. */
const LISTS: Readonly<Record<string, (cx: CliContext, kernel?: string) => Promise<Row[]>>> = {
  insns: async () => (await import('./list/insns.js')).insns(),
  guards: async (cx) => (await import('./list/guards.js')).guards(cx),
  protections: async (_, kernel) => (await import('./list/protections.js')).protections(kernel),
  kernels: async () => (await import('./list/kernel.js')).kernels(),
  kinds: async (_, kernel) => (await import('./list/kernel.js')).kinds(kernel),
  helpers: async () => (await import('./list/kernel.js')).helpers(),
  kfuncs: async () => (await import('./list/kernel.js')).kfuncs(),
  functions: async (cx) => (await import('./list/kernel.js')).kernelLists(cx).functions,
  tracepoints: async (cx) => (await import('./list/kernel.js')).kernelLists(cx).tracepoints,
  properties: async () =>
    Object.entries((await import('../lab/properties.js')).PROPERTIES).map(([name, meaning]) => ({
      name,
      'what holds': meaning,
    })),
  codes: async () =>
    Object.entries((await import('../text/codes.js')).CODES).map(([code, { title }]) => ({ code, title })),
};

/** The tables that differ between kernels. */
const OF_ONE_KERNEL: readonly string[] = ['protections', 'kinds'];

export function listCommand(cx: CliContext): Command {
  return (
    new Command('list')
      .addArgument(new Argument('<what>', 'which table').choices(Object.keys(LISTS)))
      // As of the other commands, which load what reads options; this one answers at once.
      .option(
        '-k, --kernel <model>',
        'of `protections` and `kinds`: as this kernel model has them (`tinybpf list kernels`)',
      )
      .action(async (what: string, { kernel }: { readonly kernel?: string }) => {
        if (kernel !== undefined && !OF_ONE_KERNEL.includes(what))
          throw new UsageError(errorAt('B0803', '--kernel is for `list protections` and `list kinds`'));
        const rows = (await LISTS[what]?.(cx, kernel)) ?? [];
        if (cx.json) cx.document({ [what]: rows });
        else cx.out(formatTable(rows, cx.palette.bold));
      })
  );
}
