/** What the library needs of Node: the files that come with the package. */
export { PROGRAMS, shippedFiles } from './cli/shipped.js';
