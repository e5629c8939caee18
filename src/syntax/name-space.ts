/**
 * Name spaces that can have a thing of the same name each, as in the kernel: an object's program may be named like the
 * function it traces. Where a bare name could mean two of them, the word of one comes first: `program do_unlinkat`.
 * Tracepoints and guards are only named where nothing else can be.
 */
export const NAME_SPACES = ['program', 'function', 'map', 'variable'] as const;

export type NameSpace = (typeof NAME_SPACES)[number];

/** A name with the word of its name space in front. No declared name has a blank in it. */
export const spacedName = (space: NameSpace, name: string): string => `${space} ${name}`;

/** The word in front of a name, where there is one, and the name without it. */
export function splitSpacedName(name: string): {
  readonly space: NameSpace | undefined;
  readonly bare: string;
} {
  const blank = name.indexOf(' ');
  const space = blank < 0 ? undefined : NAME_SPACES.find((word) => word === name.slice(0, blank));
  return { space, bare: space === undefined ? name : name.slice(blank + 1) };
}

/** What to say of a name that is in several name spaces where a bare one could mean each of them. */
export function severalMeanings(
  name: string,
  spaces: readonly NameSpace[],
): { readonly message: string; readonly help: string } {
  const either = (texts: readonly string[], word: string): string =>
    texts.length < 2 ? texts.join('') : `${texts.slice(0, -1).join(', ')} ${word} ${texts.at(-1)}`;
  const kinds = spaces.map((space) => `a ${space}`);
  const spellings = spaces.map((space) => `\`${spacedName(space, name)}\``);
  return { message: `\`${name}\` is ${either(kinds, 'and')}`, help: `write ${either(spellings, 'or')}` };
}
