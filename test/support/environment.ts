import { shippedFiles } from '../../src/cli/shipped.js';
import { Environment } from '../../src/lab/environment.js';

/** What the commands run labs in. One for all of a test file, since the shipped files are read once for each. */
export const environment = new Environment(shippedFiles());
