import type { LabEvent } from '../lab/events.js';
import { LAYERS, TAKERS } from '../lab/layers.js';
import { formatActive } from '../report/active.js';

const change = (e: { readonly before: Uint8Array; readonly after: Uint8Array }): string =>
  `active ${formatActive(e.before)} → ${formatActive(e.after)}`;

function number(value: bigint | undefined): string {
  if (value === undefined) return '';
  const signed = BigInt.asIntN(64, value);
  const small = signed > -0x1_0000_0000n && signed < 0x1_0000_0000n;
  return ` = ${small ? signed : `0x${BigInt.asUintN(64, value).toString(16)}`}`;
}

/** What happened, in one line. */
export function describeEvent(e: LabEvent): string {
  switch (e.kind) {
    case 'action':
      return e.text;
    case 'action_end':
      return `${e.text}${number(e.result)}`;
    case 'call':
      return `${e.name}(${e.args.join(', ')})`;
    case 'return':
      return `${e.name} returns${number(e.result)}`;
    case 'original':
      return `${e.name} itself`;
    case 'original_end':
      return `${e.name} itself returns${number(e.result)}`;
    case 'enter':
      return `${e.program} ${e.admitted ? 'admitted' : 'REFUSED'}  ${change(e)}`;
    case 'exit':
      return `put ${e.program}  ${change(e)}`;
    case 'write': {
      const where = e.areaCpu === e.cpu ? '' : ` on CPU ${e.areaCpu}`;
      return `${e.program} written${where}  ${change(e)}  by ${e.function}+${e.slot}`;
    }
    case 'run':
      return `${e.program} runs`;
    case 'run_end':
      return `${e.program} ends${number(e.result)}`;
    case 'tail_call':
      return `${e.program} goes on as ${e.target}`;
    case 'helper':
      return `${e.program} calls ${e.name}`;
    case 'helper_end':
      return `${e.name} returns${number(e.result)}`;
    case 'missed':
      return `${e.programs.join(', ')} MISSED: ${LAYERS[e.by].told}`;
    case 'busy':
      return `${e.function} REFUSED: ${TAKERS[e.by].told}`;
    case 'interrupt':
      return `${e.level}: ${e.text}`;
    case 'interrupt_end':
      return 'the interrupt is over';
    case 'preempted':
      return `${e.task} is preempted by ${e.by}`;
    case 'blocked':
      return `${e.task} waits`;
    case 'resumed':
      return `${e.task} goes on`;
    case 'fault':
      return e.text;
    default:
      return e satisfies never;
  }
}

/** Somebody was kept out. */
export function isRefusal(e: LabEvent): boolean {
  return e.kind === 'missed' || e.kind === 'busy' || (e.kind === 'enter' && !e.admitted);
}
