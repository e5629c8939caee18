/** What makes functions that nobody declared, in a file that is loaded where an object is opened. */
export { wellKnownTracepoint } from '../../kernel/attach/well-known.js';
export { wellKnownEvent, wellKnownRecord } from '../../kernel/attach/well-known-records.js';
export { declareMissing } from '../../kernel/boot/missing.js';
export { readDwarf } from '../../object/dwarf.js';
