import { errorAt } from '../../text/diagnostic.js';
import { EINVAL } from '../errno.js';
import type { Program } from '../kernel.js';
import { kindInfo } from './kinds.js';
import type { LinkOptions } from './link-options.js';
import type { Refused } from './refused.js';

/** Only a kretprobe can be told how many returns to wait for (`r20:` of kprobe_events). */
export function refuseMaxactive({ attach }: Program, { maxactive }: LinkOptions): Refused | undefined {
  const info = kindInfo(attach.kind);
  const isKretprobe =
    info.site === 'probe' && info.layer === 'kprobe' && info.halves.some((half) => half === 'return');
  if (maxactive === undefined || isKretprobe) return undefined;
  const message = `a program of kind ${attach.kind} has no \`maxactive\``;
  return {
    errno: EINVAL,
    diagnostic: errorAt('B0602', message, {
      help: 'only a kretprobe waits for a number of returns that can be said',
    }),
  };
}
