/** Directives of `clang -S` that say nothing about the code. */
export const IGNORED_DIRECTIVES = new Set(
  `.file .globl .global .p2align .align .type .size .ident .addrsig .addrsig_sym .loc .local .weak .hidden .protected
   .comm`.split(/\s+/),
);
/**
 * Directives that put bytes into a section, by the bytes of each value. In code they are instructions written as
 * numbers.
 */
export const DATA_DIRECTIVES: Readonly<Record<string, 1 | 2 | 4 | 8>> = {
  '.byte': 1,
  '.short': 2,
  '.2byte': 2,
  '.word': 4,
  '.long': 4,
  '.4byte': 4,
  '.quad': 8,
  '.8byte': 8,
};
/** Directives that only data sections have. */
export const DATA_ONLY = new Set(
  '.zero .skip .space .ascii .asciz .string .fill .uleb128 .sleb128'.split(' '),
);
export const SECTIONS = new Set(['.section', '.text', '.data', '.bss', '.rodata']);
export const CONSTANTS = new Set(['.equ', '.set']);
export const ALL_DIRECTIVES = [
  ...IGNORED_DIRECTIVES,
  ...Object.keys(DATA_DIRECTIVES),
  ...DATA_ONLY,
  ...SECTIONS,
  ...CONSTANTS,
];
