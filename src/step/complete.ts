import { COUNTERS } from '../lab/expect.js';
import { functionNames } from '../lab/place.js';
import { INTERRUPT_LEVELS } from '../syntax/lab-ast.js';
import { COMMANDS, type Command } from './commands.js';
import { INFO } from './info.js';
import type { Session } from './session.js';
import { CONTEXTS } from './targets.js';

/** What may come at the end of a line that begins with a command. */
export function completions(session: Session, command: Command | undefined, before: string): string[] {
  const { kernel } = session;
  const programs = [...kernel.programs.keys()];
  switch (command?.names[0]) {
    case 'break':
      if (/\bof$/.test(before)) return [...kernel.trampolines.keys()];
      if (/\brefused$/.test(before)) return programs;
      return [...functionNames(kernel).filter((n) => !/[\s$]/.test(n)), 'refused', ...CONTEXTS, 'trampoline'];
    case 'list':
      return functionNames(kernel).filter((n) => !/[\s$]/.test(n));
    case 'watch':
    case 'print':
    case 'x':
      if (/\bof$/.test(before)) return programs;
      return [
        'active',
        ...kernel.globals.keys(),
        ...kernel.maps.keys(),
        ...programs.flatMap((p) => COUNTERS.map((c) => `${p}.${c}`)),
      ];
    case 'info':
      if (/\btrampoline$/.test(before)) return [...kernel.trampolines.keys()];
      return ['breakpoints', ...Object.keys(INFO)];
    case 'raise':
      return [...INTERRUPT_LEVELS];
    case 'preempt':
      return (session.run.runner.byHand?.scripts ?? []).map((s) => s.task.name);
    case 'help':
      return COMMANDS.map((c) => c.names[0]!);
    default:
      return [];
  }
}
