import { Environment } from '../lab/environment.js';
import type { CliContext } from './context.js';
import { shippedFiles } from './shipped.js';

const environments = new WeakMap<CliContext, Environment>();

/** What a command runs labs in: one for all that it runs, the shipped files unless it was given another. Commands that run none do not load what this needs. */
export function environmentOf(cx: CliContext): Environment {
  const known = cx.environment ?? environments.get(cx);
  if (known !== undefined) return known;
  const made = new Environment(shippedFiles(), cx.maxErrors);
  environments.set(cx, made);
  return made;
}
