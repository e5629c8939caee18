import { PROPERTIES } from '../lab/properties.js';
import { PROMELA_PROPERTIES, type ProcessModel, type PromelaModel, type Variable } from '../promela/model.js';
import { plural } from '../text/numbers.js';
import { oneLine, shown } from '../text/shown.js';

const identifier = (name: string): string => name.replace(/\W/g, '_');

/** Text as a comment of C, wrapped to 110 columns. */
function comment(paragraphs: readonly string[]): string[] {
  const lines = paragraphs.map(oneLine).flatMap((p) => {
    if (p.startsWith('    ') || p === '') return [p];
    const wrapped: string[] = [''];
    for (const word of p.split(' ')) {
      const last = wrapped.at(-1)!;
      if (last.length + word.length > 108) wrapped.push(word);
      else wrapped[wrapped.length - 1] = last === '' ? word : `${last} ${word}`;
    }
    return wrapped;
  });
  return ['/*', ...lines.map((l) => ` * ${l.replaceAll('*/', '* /')}`.trimEnd()), ' */'];
}

function header(m: PromelaModel): string[] {
  const bounds = [
    ...m.tasks.map((t) => `${t.name}${m.cpus > 1 ? ` (CPU ${t.cpu})` : ''}: ${plural(t.steps, 'step')}`),
    ...m.sources.map((s) => `${s.name}${s.cpu === undefined ? '' : ` (CPU ${s.cpu})`}: ${s.times} x at most`),
  ];
  const title = m.title === undefined ? '' : `${m.title}: `;
  return comment([
    `${title}guard ${m.guard}, kernel ${m.kernel}, ${plural(m.cpus, 'CPU')}. Written by \`tinybpf explore --export promela\`.`,
    '',
    'To run it, MODEL.pml being this file:',
    '',
    '    spin -a MODEL.pml && cc -O2 -fwrapv -DSAFETY -o pan pan.c && ./pan',
    '',
    `Checked are ${m.checked.join(', ')}; \`spin -DPROPERTY_one_instance -a MODEL.pml\` checks one (several can be given). pan stops at the first violation; \`./pan -c0\` reports all, \`./pan -r\` replays the one it wrote down, as \`spin -t -p MODEL.pml\` does with the same -D where the model has no C in it. \`./pan -m1000000\` where it says that the depth is too small. For larger bounds: \`cc -DCOLLAPSE\` takes a fifth of the memory; \`cc -DBITSTATE\` (then \`./pan -w30\`) nearly none, but may miss states; several such searches that differ in their order are what \`swarm\` runs, on as many cores as there are.`,
    '',
    `Bounds: ${bounds.join(', ')}.`,
    `RCU readers ${m.preemptibleReaders ? 'can' : 'cannot'} be preempted in this kernel. Memory is sequentially consistent. The clock stands still.`,
    '',
    'Every step (d_step) is one access to memory that others reach, as its comment says, and after it all that the thread does up to its next: arithmetic on registers, the stack, loads of memory that nothing in the model writes, stores to memory from which nothing that decides is read. None of these is seen by others, or sees them, so that in whatever order they come with what others do the result is the same. A program that is called, and the calls of enter and exit, begin steps of their own. Code is as linked for this kernel, calls included. r6_4 is r6 in the fourth call deep, s32 what lies 32 bytes below the top of the stack; numbers that are known are put in.',
    '',
    `Left out: ${m.programs.length === 0 ? 'nothing of programs' : `the bodies of ${m.programs.join(', ')}, of which only the admission is there (what they call, write or trigger is not)`}. Kernel stacks do not overflow.`,
    `Written but deciding nothing, so no part of a state: ${m.leftOut.join(', ') || 'nothing'}.`,
    ...(m.conditions.length === 0
      ? []
      : [`Conditions of the lab that are not in the model: ${m.conditions.join('; ')}.`]),
  ]);
}

function switches(m: PromelaModel): string[] {
  const none = PROMELA_PROPERTIES.map((p) => `!defined(PROPERTY_${p})`).join(' && ');
  return [
    'bit is_dead; /* after a fault */',
    '',
    '/* What is checked if no property is named on the command line. */',
    `#if ${none}`,
    ...m.checked.map((p) => `#define PROPERTY_${p}`),
    '#endif',
    ...PROMELA_PROPERTIES.filter((p) => p !== 'no_deadlock').flatMap((p) => [
      '',
      `/* ${PROPERTIES[p]} */`,
      `hidden byte ${p};`,
      `#ifdef PROPERTY_${p}`,
      `#define HOLDS_${p}(c) ${p} = (is_dead || (c)); assert(${p})`,
      '#else',
      `#define HOLDS_${p}(c) skip`,
      '#endif',
    ]),
    '',
    `/* no_deadlock: ${PROPERTIES.no_deadlock}; pan calls it an invalid end state */`,
    '#ifdef PROPERTY_no_deadlock',
    '#define TURNS turns',
    '#else',
    '#define TURNS end_turns',
    '#endif',
  ];
}

const GUARDED = [
  '/* Instances of a program on a CPU: inside from the first step of enter to the last of exit, and admitted in between. */',
  'typedef Instances { byte inside; byte admitted; byte alone = NOBODY; bit entered; bit ran };',
  '',
  'inline enter(p) {',
  '    if',
  '    :: p.inside == 0 -> p.alone = me',
  '    :: else -> p.alone = NOBODY',
  '    fi;',
  '    p.inside++;',
  '    p.entered = 1',
  '}',
  'inline forget(p) {',
  '    if',
  '    :: p.alone == me -> p.alone = NOBODY',
  '    :: else',
  '    fi',
  '}',
  'inline admit(p) {',
  '    HOLDS_one_instance(p.admitted == 0);',
  '    p.admitted++;',
  '    p.ran = 1;',
  '    forget(p)',
  '}',
  'inline refuse(p) {',
  '    HOLDS_admits_alone(p.alone != me);',
  '    forget(p)',
  '}',
  'inline leave(p) { p.admitted-- }',
  'inline gone(p) { p.inside-- }',
];

const HELPERS = [
  'c_decl {',
  '    typedef unsigned int u32;',
  '    typedef unsigned long long u64;',
  '    static u64 get64(const unsigned char *p) {',
  '        u64 n = 0;',
  '        for (int i = 7; i >= 0; i--) n = n << 8 | p[i];',
  '        return n;',
  '    }',
  '    static void put64(unsigned char *p, u64 n) {',
  '        for (int i = 0; i < 8; i++) p[i] = n >> 8 * i & 255;',
  '    }',
  '};',
];

const literal = (v: Variable, n: bigint): string => {
  if (v.type === 'u64') return `${n}ULL`;
  const signed = v.type === 'int' ? BigInt.asIntN(32, n) : n;
  return String(signed);
};

const elements = (v: Variable): string[] =>
  v.length === 0 ? [v.name] : v.initial.map((_, i) => `${v.name}[${i}]`);

function declaration(v: Variable): string {
  const array = v.length === 0 ? '' : `[${v.length}]`;
  if (v.type === 'u64') return `c_state "u64 ${v.name}${array}" "Global";`;
  const isSame = v.initial.every((n) => n === v.initial[0]);
  const value = isSame && v.initial[0] !== 0n ? ` = ${literal(v, v.initial[0]!)}` : '';
  return `${v.type} ${v.name}${array}${value}; /* ${v.title} */`;
}

/** Statements for what a declaration cannot say. */
function initialisation(v: Variable): string[] {
  if (v.initial.every((n) => n === v.initial[0]) && (v.type !== 'u64' || v.initial[0] === 0n)) return [];
  return elements(v).map((e, i) => {
    const value = literal(v, v.initial[i]!);
    return v.type === 'u64' ? `c_code { now.${e} = ${value}; };` : `${e} = ${value};`;
  });
}

const cpus = (m: PromelaModel): number[] => Array.from({ length: m.cpus }, (_, i) => i);

function globals(m: PromelaModel): string[] {
  return [
    '#define NOBODY 255',
    `#define DONE ${Math.max(...m.processes.map((p) => p.nodes.length))}`,
    ...cpus(m).flatMap((c) => [
      '',
      `#define IDLE_cpu${c} ${m.tasks.length + c}`,
      `byte current_cpu${c} = IDLE_cpu${c}; /* the task CPU ${c} runs */`,
      `byte top_cpu${c} = NOBODY; /* the innermost interrupt on top of it */`,
      `byte nmis_cpu${c};`,
      `#define MAY_RUN_cpu${c} (top_cpu${c} == NOBODY && (current_cpu${c} == me || current_cpu${c} == IDLE_cpu${c} || (${m.preemptCounts[c]} == 0 && irqs_off_cpu${c} == 0)))`,
    ]),
    '',
    `byte tasks_left = ${m.tasks.length};`,
    `bit is_done[${Math.max(1, m.tasks.length)}];`,
    ...m.sources.map(
      (s) => `byte left_${identifier(s.name)} = ${s.times}; /* how often it may still come */`,
    ),
    '',
    ...m.variables.map(declaration),
    ...m.guarded.map((g) => `Instances ${g.name};`),
  ];
}

/** Conditions under which a step can be taken, and what taking it does first. */
function turn(m: PromelaModel, p: ProcessModel, id: number): { guard: string; first: string[] } {
  const at = `!is_dead && pc == ${id}`;
  const { cpu } = p;
  if (p.kind === 'task') return { guard: `${at} && MAY_RUN_cpu${cpu}`, first: [`current_cpu${cpu} = me;`] };
  if (id !== 0) return { guard: `${at} && top_cpu${cpu} == me`, first: [] };
  const left = `left_${identifier(m.sources[p.source]!.name)}`;
  const nmis = `nmis_cpu${cpu} < ${m.maxNmis}`;
  return {
    guard: `${at} && ${left} > 0 && ${p.kind === 'nmi' ? nmis : `irqs_off_cpu${cpu} == 0`}`,
    first: [
      `${left}--;`,
      `below = top_cpu${cpu};`,
      `top_cpu${cpu} = me;`,
      `irqs_before = irqs_off_cpu${cpu};`,
      `irqs_off_cpu${cpu} = 1;`,
      ...(p.kind === 'nmi' ? [`nmis_cpu${cpu}++;`] : []),
    ],
  };
}

/** A step as one statement. */
function step(m: PromelaModel, p: ProcessModel, n: ProcessModel['nodes'][number]): string[] {
  const { guard, first } = turn(m, p, n.id);
  const whole = n.guard === undefined ? guard : `${guard} && ${n.guard}`;
  const own = `P${identifier(p.name)}->`;
  const lines = [...first, ...n.lines].map((l) => `            ${l.replaceAll('@->', own)}`);
  return ['d_step {', `            ${whole} ->`, ...lines, '       }'];
}

/** Steps one after the other, in whatever order they come. */
function loop(m: PromelaModel, p: ProcessModel, nodes: ProcessModel['nodes']): string[] {
  const options = nodes.flatMap((n) => {
    const [first, ...lines] = step(m, p, n);
    const last = n.ends === 'always' ? `${lines.pop()} -> break` : lines.pop()!;
    return [`    :: ${first}`, ...lines, last];
  });
  const out = p.nodes.some((n) => n.ends === 'sometimes') ? ['    :: pc == DONE -> break'] : [];
  const faults = m.processes.some((o) => o.nodes.some((n) => n.lines.some((l) => /is_dead = 1/.test(l))));
  const dead = faults ? ['    :: is_dead -> break'] : [];
  return ['TURNS:', '    do', ...options, ...out, ...dead, '    od'];
}

/** An interrupt that does not come is not a deadlock, so it waits at a place of its own. */
function interrupt(m: PromelaModel, p: ProcessModel): string[] {
  const [arrival, ...others] = p.nodes;
  const [first, ...lines] = step(m, p, arrival!);
  const more = others.length === 0 ? [] : loop(m, p, others);
  return ['end_waiting:', `    ${first}`, ...lines, ...(more.length === 0 ? [] : ['    ;']), ...more];
}

function proctype(m: PromelaModel, p: ProcessModel): string[] {
  const name = identifier(p.name);
  const wide = p.locals.filter((l) => l.endsWith('x'));
  const usesHalf = p.nodes.some((n) => n.lines.some((l) => /\bhalf\b/.test(l)));
  const locals = [...p.locals.filter((l) => !l.endsWith('x')), ...(usesHalf ? ['half'] : [])];
  return [
    `/* ${p.members.map((x) => x.name.replace(/^task_/, '')).join(', ')} */`,
    ...wide.map((l) => `c_state "u64 ${l}" "Local ${name}";`),
    `proctype ${name}(byte me) {`,
    '    short pc;',
    ...(locals.length > 0 ? [`    int ${locals.join(', ')};`] : []),
    ...(p.kind === 'task' ? [] : ['    byte below;', '    int irqs_before;']),
    ...(p.kind === 'task' ? loop(m, p, p.nodes) : interrupt(m, p)),
    '}',
  ];
}

function finished(m: PromelaModel): string[] {
  const left = ['!is_dead', 'tasks_left == 0', ...cpus(m).map((c) => `top_cpu${c} == NOBODY`)];
  const balanced = m.variables
    .filter((v) => v.isBalanced)
    .flatMap((v) =>
      elements(v).map((e, i) =>
        v.type === 'u64'
          ? `c_expr { now.${e} == ${literal(v, v.initial[i]!)} }`
          : `${e} == ${literal(v, v.initial[i]!)}`,
      ),
    );
  return [
    '/* Looks at every state in which everything has returned. */',
    'active proctype finished() {',
    'end_running:',
    '    d_step {',
    `        ${left.join(' && ')} ->`,
    `        HOLDS_balanced(${balanced.join(' && ') || 'true'});`,
    `        HOLDS_progress(${m.guarded.map((g) => `(!${g.name}.entered || ${g.name}.ran)`).join(' && ') || 'true'})`,
    '    }',
    '}',
  ];
}

function init(m: PromelaModel): string[] {
  const starts = m.processes.flatMap((p) =>
    p.members.map(({ name, me }) => `run ${identifier(p.name)}(${me}); /* ${name} */`),
  );
  const running = m.guarded
    .filter((g) => g.isRunning)
    .flatMap(({ name }) => [
      `${name}.inside = 1;`,
      `${name}.admitted = 1;`,
      `${name}.entered = 1;`,
      `${name}.ran = 1;`,
    ]);
  return [
    'init {',
    '    atomic {',
    ...[...m.variables.flatMap(initialisation), ...running, ...starts].map((l) => `        ${l}`),
    '    }',
    '}',
  ];
}

/** The model as a file for SPIN. */
export function formatPromela(m: PromelaModel): string {
  const [nobody, done, ...rest] = globals(m);
  const body = [
    [nobody, done, '', ...GUARDED],
    rest,
    ...m.processes.map((p) => proctype(m, p)),
    finished(m),
    init(m),
  ].map((p) => p.join('\n').trim());
  const usesC = body.some((text) => /\bc_(?:code|expr|state)\b/.test(text));
  const parts = [header(m), switches(m), ...(usesC ? [HELPERS] : [])].map((p) => p.join('\n'));
  return shown(`${[...parts, ...body].join('\n\n')}\n`);
}
