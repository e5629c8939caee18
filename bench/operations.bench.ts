import { FORMS, type Form } from '../src/isa/forms.js';
import { type Insn, makeInsn } from '../src/isa/insn.js';
import { isInternal, type Operation } from '../src/isa/operation.js';
import { OPERATIONS, operation as op } from '../src/isa/table.js';
import { interpreter } from '../src/machine/bare.js';
import { prepareInsns } from './bare.js';
import { heading, median, processorTimeOf, table } from './support.js';

/** An operation is carried out so often in a round of the loop, and the loop goes round so often in a run. */
const COPIES = 64;
const ROUNDS_OF_LOOP = 200;
/** Times that each is measured; the least counts, since whatever else the machine does only adds to it. */
const ROUNDS = 20;
const SLICE_MS = 3;
/** What an operation may take beside the one in the middle. */
const BOUND = 2.5;

/** What is timed: forms that go on with the next instruction, wherever they are. */
const isTimed = ({ form }: Operation): boolean => {
  const { flow } = FORMS[form];
  return (
    (flow === 'next' || flow === 'branch' || flow === 'off') &&
    form !== 'may_goto' &&
    !form.startsWith('packet')
  );
};

/** Registers: memory, what a destination begins with, what it is computed with; the loop's count. */
const MEMORY = 6;
const FRESH = 7;
const OTHER = 3;
const OTHER_AGAIN = 8;
const RESULT = 2;
const COUNT = 9;
/** Numbers that no short cut applies to. */
const FRESH_VALUE = 0x9e37_79b9_7f4a_7c15n;
const OTHER_VALUE = 0x0001_2345_6789_abcdn;

const wide = (dst: number, value: bigint): Insn =>
  makeInsn(op('lddw'), {
    dst,
    imm: Number(BigInt.asIntN(32, value)),
    hi: Number(BigInt.asIntN(32, value >> 32n)),
  });

const FRESH_MOVE = makeInsn(op('mov64_reg'), { dst: RESULT, src: FRESH });
const OTHER_MOVE = makeInsn(op('mov64_reg'), { dst: OTHER, src: OTHER_AGAIN });

/** The instruction that is timed, and what has to come before each. */
function timedOf(operation: Operation): readonly Insn[] {
  const { form } = operation;
  const { uses, reads, writes, touches } = FORMS[form];
  const isStore = touches !== 'nothing' && touches !== 'load';
  const dst = isStore ? MEMORY : RESULT;
  const src = touches === 'load' ? MEMORY : OTHER;
  const insn = makeInsn(operation, {
    ...(uses.includes('dst') && { dst }),
    ...(uses.includes('src') && { src }),
    ...(uses.includes('imm') && { imm: operation.width === 64 ? 1_000_003 : 13 }),
    ...(uses.includes('off') && { off: touches === 'nothing' ? 0 : 8 }),
  });
  if (writes.includes('src')) return [OTHER_MOVE, insn];
  return touches === 'nothing' && reads.includes('dst') ? [FRESH_MOVE, insn] : [insn];
}

function loopOf(timed: readonly Insn[], copies: number): readonly Insn[] {
  const body = Array.from({ length: copies }, () => timed).flat();
  const slots = body.reduce((n, insn) => n + (insn.op.form === 'wide' ? 2 : 1), 0);
  return [
    makeInsn(op('mov64_reg'), { dst: MEMORY, src: 1 }),
    wide(FRESH, FRESH_VALUE),
    wide(OTHER, OTHER_VALUE),
    wide(OTHER_AGAIN, OTHER_VALUE),
    makeInsn(op('mov64_imm'), { dst: COUNT, imm: ROUNDS_OF_LOOP }),
    makeInsn(op('mov64_imm'), { dst: 0, imm: 0 }),
    ...body,
    makeInsn(op('add64_imm'), { dst: COUNT, imm: -1 }),
    makeInsn(op('jne64_imm'), { dst: COUNT, imm: 0, off: -(slots + 2) }),
    makeInsn(op('exit')),
  ];
}

/** What every operation takes on the interpreter, beside the one in the middle. */
export function operationsSuite(): Promise<void> {
  heading('Operations on the interpreter (processor time; general numbers, memory that is in the cache)');
  const operations = OPERATIONS.filter((o) => !isInternal(o) && isTimed(o));
  const programs = [[], [FRESH_MOVE], ...operations.map(timedOf)].map((timed) =>
    prepareInsns(loopOf(timed, COPIES), interpreter),
  );
  const times = programs.map((): number[] => []);
  for (const { run } of programs) run();
  for (let round = 0; round <= ROUNDS; round += 1)
    for (const [i, { run }] of programs.entries()) {
      const time = processorTimeOf(run, SLICE_MS) / ROUNDS_OF_LOOP / COPIES;
      if (round > 0) times[i]!.push(time);
    }
  const [nothing, move, ...each] = times.map((list) => Math.min(...list));
  const rows = operations
    .map((operation, i) => ({
      name: operation.name,
      form: operation.form satisfies Form,
      ns: each[i]! - (timedOf(operation).length > 1 ? move! : nothing!),
    }))
    .sort((a, b) => b.ns - a.ns);
  const middle = median(rows.map((r) => r.ns));
  table(
    rows.map(({ name, form, ns }) => ({
      operation: name,
      form,
      ns: ns.toFixed(2),
      'x middle': (ns / middle).toFixed(2),
    })),
  );
  const above = rows.filter((r) => r.ns > BOUND * middle);
  const names = above.map((r) => `${r.name} ${(r.ns / middle).toFixed(2)}`).join(', ');
  console.log(
    `\nmiddle: ${middle.toFixed(2)} ns; above ${BOUND} times that: ${above.length === 0 ? 'none' : names}`,
  );
  return Promise.resolve();
}
