import type { ObjectUnit } from '../kernel/boot/objects.js';
import type { Name, ObjectAst } from '../syntax/lab-ast.js';
import type { Findings } from '../text/findings.js';
import { didYouMean } from '../text/nearest.js';

/** An object with the programs that a lab wants of it, under the names that the lab gives them. */
export function chosenPrograms(
  unit: ObjectUnit,
  { without, renames }: Pick<ObjectAst, 'without' | 'renames'>,
  findings: Findings,
): ObjectUnit {
  const { object } = unit;
  const names = object.programs.map((p) => p.name);
  for (const { name, span } of [...without, ...renames.map((r) => r.from)])
    if (!names.includes(name))
      findings.error('B0407', `there is no program \`${name}\` in ${object.name}`, {
        span,
        expected: names.join(', '),
        help: didYouMean(name, names),
      });
  const has = (list: readonly Name[], name: string): boolean => list.some((n) => n.name === name);
  const called = (name: string): string => renames.find((r) => r.from.name === name)?.to.name ?? name;
  return {
    ...unit,
    object: {
      ...object,
      programs: object.programs
        .filter((p) => !has(without, p.name))
        .map((p) => ({ ...p, name: called(p.name) })),
      // Program arrays are filled with programs by their names.
      maps: object.maps.map((m) => ({
        ...m,
        values: m.values.map((v) => ({ ...v, name: called(v.name) })),
      })),
    },
  };
}
