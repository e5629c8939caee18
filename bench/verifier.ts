import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { shippedFiles } from '../src/cli/shipped.js';
import { assemble } from '../src/isa/assemble.js';
import type { AnyInsn } from '../src/isa/insn.js';
import { bootScenario } from '../src/lab/boot.js';
import { Environment, objectUnit } from '../src/lab/environment.js';
import { parseAssembly } from '../src/syntax/parse-program.js';
import { requestOf } from '../src/verdict/requests.js';
import type { VerifyRequest } from '../src/verify/request.js';
import { FOLDER } from './bare.js';

/** Object files that real kernels have loaded, beside the checkout. */
export const OBJECTS = fileURLToPath(new URL('../../../shared/objects/', import.meta.url));

/** What the verifier would be asked of each program of an object; programs that it is not asked about are left out. */
export function requestsOf(path: string | URL): readonly VerifyRequest[] {
  const { kernel } = bootScenario({ declarations: [] }, undefined, new Environment(shippedFiles()), {
    objects: [objectUnit('object', readFileSync(path))],
    stats: false,
  });
  return [...kernel.programs.values()].flatMap((program) => {
    const request = requestOf(kernel, program);
    return 'why' in request ? [] : [request];
  });
}

/** The same of a program that is text: it is asked about as one of the programs in C is. */
export function requestOfText(text: string): VerifyRequest {
  const [request] = requestsOf(new URL('who.v3.o', FOLDER));
  const { insns } = assemble(parseAssembly({ name: 'bench', text }).value ?? []);
  return { ...request!, insns: insns as readonly AnyInsn[] };
}

/** A loop that is walked round by round, with a word that differs in each and a slot of the stack. */
export const loopOf = (rounds: number): string => `
r6 = *(u64 *)(r1 + 0)
r7 = 0
again:
*(u64 *)(r10 - 8) = r6
r6 = *(u64 *)(r10 - 8)
r6 ^= r7
r7 += 1
if r7 != ${rounds} goto again
r0 = 0
exit`;
