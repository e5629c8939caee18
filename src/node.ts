/** What the library needs of Node: the files that come with the package. */
export { PROGRAMS } from './cli/programs.js';
export { shippedFiles } from './cli/shipped.js';
