import { warningAt } from '../../text/diagnostic.js';
import { Findings } from '../../text/findings.js';
import { parseAttachPoint } from '../attach/point.js';
import { attachmentsOf, type ObjectUnit } from './objects.js';
import type { OtherPoints } from './programs.js';

/**
 * An object without its programs of kinds that are not emulated, of which it says so: tools have programs of several kinds in
 * one file, and the others work without them. Where all are of such kinds they stay, to be refused.
 */
export function withoutUnknownKinds(unit: ObjectUnit, { now }: OtherPoints, findings: Findings): ObjectUnit {
  const isKnown = attachmentsOf(unit).map(
    ({ name, attach }) => now.has(name) || parseAttachPoint(attach, new Findings()) !== undefined,
  );
  const { programs } = unit.object;
  if (!isKnown.includes(true) || !isKnown.includes(false)) return unit;
  for (const [i, p] of programs.entries()) {
    if (isKnown[i] === true) continue;
    const [word] = p.section.split(/[/:]/);
    const span = p.insns[0]?.span ?? unit.span;
    const message = `\`${unit.prefix}${p.name}\` is left out: programs of section \`${word}\` are not emulated`;
    findings.add(warningAt('B0602', message, span === undefined ? {} : { span }));
  }
  return { ...unit, object: { ...unit.object, programs: programs.filter((_, i) => isKnown[i] === true) } };
}
