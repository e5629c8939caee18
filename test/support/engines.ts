import { type EngineFactory, interpreter } from '../../src/machine/bare.js';

/** Every engine there is; program tests run on each. */
export const ENGINES: readonly (readonly [string, EngineFactory])[] = [['interp', interpreter]];
