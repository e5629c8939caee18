import { MODELS } from '../../kernel/model.js';
import { helpAt } from '../help/contents.js';
import { askedLab, FIRST_LAB, guardsIn, labNamed, SHIPPED_GUARDS, type ShippedLab } from '../labs.js';
import { VERIFY, type Verify } from '../protocol/choice.js';
import { notShown, type PageState, readHash } from '../url.js';

/** What an address asks an embedded page to show. */
export interface Asked {
  /** Of it, what there is. */
  readonly state: Omit<PageState, 'verify'> & { readonly verify?: Verify };
  /** The shipped lab, if its text is what is shown. */
  readonly lab: ShippedLab | undefined;
  readonly text: string;
  /** What cannot be understood in the address, and what there is not. */
  readonly troubles: readonly string[];
}

/** Of what an address can say to the laboratory, what is left out where a lab is embedded. */
const WHOLE_ONLY = [
  ['mode', 'only a run can be embedded'],
  ['lesson', 'a lesson cannot be embedded: give its lab'],
] as const;

/** Reads the part of an address after `#`. The number of scenarios is known once the lab has run. */
export async function askedBy(hash: string): Promise<Asked> {
  const { state, troubles } = await readHash(hash);
  const lab = state.text === undefined ? (askedLab(state) ?? labNamed(FIRST_LAB)!) : undefined;
  const text = state.text ?? lab!.text;
  const guards = [...SHIPPED_GUARDS, ...guardsIn(text)];
  const known = (names: readonly string[], name: string | undefined): string | undefined =>
    name !== undefined && names.includes(name) ? name : undefined;
  const guard = known(guards, state.guard);
  const against = known(guards, state.against);
  const kernel = known(
    MODELS.map((m) => m.name),
    state.kernel,
  );
  const verify = VERIFY.find((one) => one === state.verify);
  const { mode: _mode, lesson: _lesson, guard: _g, against: _a, kernel: _k, verify: _v, ...rest } = state;
  const shown = { lab: askedLab(state)?.name, guard, against, kernel, verify, scenario: state.scenario };
  return {
    state: {
      ...rest,
      ...(guard !== undefined && { guard }),
      ...(against !== undefined && { against }),
      ...(kernel !== undefined && { kernel }),
      ...(verify !== undefined && { verify }),
    },
    lab,
    text,
    troubles: [
      ...troubles,
      ...(helpAt(hash) === undefined ? [] : ['the help cannot be embedded']),
      ...WHOLE_ONLY.flatMap(([name, why]) =>
        state[name] === undefined || state[name] === 'run' ? [] : [why],
      ),
      ...notShown(state, shown),
    ],
  };
}
