import type { ObjectMap } from '../../object/object.js';
import { warningAt } from '../../text/diagnostic.js';
import { Findings } from '../../text/findings.js';
import { parseAttachPoint } from '../attach/point.js';
import { linuxMapType } from '../map/linux-types.js';
import { mapTypeByNumber } from '../map/types.js';
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
  const known = programs.filter((_, i) => isKnown[i] === true);
  for (const [i, p] of programs.entries()) {
    if (isKnown[i] === true) continue;
    const [word] = p.section.split(/[/:]/);
    const span = p.insns[0]?.span ?? unit.span;
    const message = `\`${unit.prefix}${p.name}\` is left out: programs of section \`${word}\` are not emulated`;
    findings.add(warningAt('B0602', message, span === undefined ? {} : { span }));
  }
  return withoutUnusedMaps({ ...unit, object: { ...unit.object, programs: known } }, findings);
}

/** An object without the maps of types that are not emulated, as far as only programs that were left out use them. */
function withoutUnusedMaps(unit: ObjectUnit, findings: Findings): ObjectUnit {
  const { object } = unit;
  const used = new Set(
    object.programs.flatMap((p) => p.insns.flatMap((i) => (i.op === undefined ? [] : (i.ref?.name ?? [])))),
  );
  const isLeft = (m: ObjectMap): boolean => mapTypeByNumber(m.type) === undefined && !used.has(m.name);
  for (const m of object.maps) {
    if (!isLeft(m)) continue;
    const type = linuxMapType(m.type)?.name ?? `type ${m.type}`;
    const message = `map \`${unit.prefix}${m.name}\` is left out: no program that is here uses it, and maps of type ${type} are not emulated`;
    findings.add(warningAt('B0403', message, unit.span === undefined ? {} : { span: unit.span }));
  }
  return { ...unit, object: { ...object, maps: object.maps.filter((m) => !isLeft(m)) } };
}
