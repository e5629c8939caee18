import { bpfGrammar } from '../../syntax/tree.js';

/** Texts of names that have been asked for; there are as many as an object and a lab have symbols. */
const known = new Map<string, string>();

/** A name as instructions say it: in quotes if it would be read as something else, such as a register. */
export function symbolText(name: string): string {
  const text = known.get(name);
  if (text !== undefined) return text;
  const made = bpfGrammar.match(name, 'name').succeeded() ? name : `"${name}"`;
  known.set(name, made);
  return made;
}
