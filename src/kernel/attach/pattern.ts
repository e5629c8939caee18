/** Whether a name is a pattern of names, as `kprobe.multi` takes it: `vfs_*`, with `?` for one letter. */
export const isPattern = (name: string): boolean => /[*?]/.test(name);

const known = new Map<string, RegExp>();

/** Whether a name matches a pattern (libbpf's glob_match). */
export function matches(pattern: string, name: string): boolean {
  let expression = known.get(pattern);
  if (expression === undefined) {
    const text = pattern
      .replace(/[^\w*?]/g, '\\$&')
      .replace(/\*+/g, '.*')
      .replace(/\?/g, '.');
    expression = new RegExp(`^${text}$`);
    known.set(pattern, expression);
  }
  return expression.test(name);
}
