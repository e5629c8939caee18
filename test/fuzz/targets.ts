import { address } from './address.js';
import { assembly, conformance, mnemonic } from './assembly.js';
import { engines } from './engines.js';
import { reduction } from './explore/reduction.js';
import { guard } from './guard-file.js';
import { knownStates } from './known-states.js';
import { lab } from './lab.js';
import { labEngines } from './lab-engines.js';
import { objectBytes } from './object/damaged.js';
import { objects } from './object/target.js';
import { percpu } from './percpu-script.js';
import { ranges } from './ranges.js';
import { bytes } from './raw-bytes.js';
import { schedule } from './schedule.js';
import { schedulesAgainstExplore } from './schedules-against-explore.js';
import { stepper } from './stepper.js';
import type { Target } from './target.js';
import { verify } from './verify.js';

/** Everything that can be fuzzed. `npm test` tries a few of each, `npm run fuzz -- NAME` as many as there is time for. */
export const TARGETS: readonly Target[] = [
  lab,
  guard,
  assembly,
  mnemonic,
  bytes,
  objects,
  objectBytes,
  conformance,
  percpu,
  schedule,
  stepper,
  address,
  engines,
  labEngines,
  reduction,
  schedulesAgainstExplore,
  ranges,
  verify,
  knownStates,
];
