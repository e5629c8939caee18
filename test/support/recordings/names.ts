// cspell:ignore argerr fphase fsess
/**
 * The numbers by which the recorded programs log what they do, from their C sources: each entry is number << 4 | phase.
 * Programs that log no end of their body appear without one in a recording.
 */
interface LogNames {
  readonly names: Readonly<Record<number, string>>;
  readonly bare: RegExp;
}

const raw = (n: number): string => `o_raw_bpf_fentry_test${n}`;

const OBJECTS: Readonly<Record<string, LogNames>> = {
  'htab.bpf.o': {
    names: {
      ...{ 0: 'fe_a', 1: 'fe_b', 2: 'fx_a', 3: 'fx_b', 4: 'm_del', 5: 'm_upd', 6: 'fe_c', 7: 'fx_c' },
      ...{ 9: 'obs_fe', 10: 'obs_fx', 11: 'obs_upd_fe', 12: 'obs_upd_fx', 13: 'fe_2x' },
    },
    bare: /^obs_/,
  },
  'ctx.bpf.o': {
    names: {
      ...{ 0: 'spin_a', 1: 'obs_fe', 2: 'obs_fx', 3: 'timer_cb', 4: 'pe', 5: 'nmi', 6: 'look', 7: 'spin_fx' },
    },
    bare: /^obs_/,
  },
  'fphase.bpf.o': { names: { 1: 'fp_a', 2: 'fp_b', 3: 'fp_f' }, bare: /^$/ },
  'fsess.bpf.o': {
    names: { 8: 'fs_a', 9: 'fs_b', 10: 'fs_plain', 11: 'obs_fe', 12: 'obs_fx' },
    bare: /^(obs_|fs_plain)/,
  },
  'kprobe.bpf.o': {
    names: {
      ...{ 0: 'kp_outer', 1: 'kp_inner', 2: 'tp_printk', 3: 'fe_outer', 4: 'fe_inner', 5: 'km_outer' },
      ...{ 6: 'km_inner', 7: 'rt_printk', 8: 'kp_say', 9: 'fe_say', 11: 'kp_second' },
    },
    bare: /_inner$|_printk$|^kp_second$/,
  },
  'order.bpf.o': {
    names: {
      ...{ 1: 'o_fe1', 2: 'o_fe2', 3: 'o_fe3', 4: 'o_mr1', 5: 'o_mr2', 6: 'o_mr3', 7: 'o_fx1', 8: 'o_fx2' },
      ...{ 9: 'o_fx3', 10: raw(1), 11: raw(2), 12: raw(3), 13: raw(4), 14: raw(5), 15: raw(6) },
    },
    bare: /./,
  },
  'rawtp.bpf.o': {
    names: { 0: 'rt_a', 1: 'rt_b', 2: 'tb_a', 3: 'tb_b', 4: 'tp_a', 5: 'kick', 6: 'rt_plain' },
    bare: /^rt_plain$/,
  },
};

const PHASES: Readonly<Record<number, string>> = { 1: '+', 2: '-', 3: '+exit' };

/** A log as the events of a recording; `programs` are those of the scenario, since two share a number. */
export function eventsOf(object: string, log: readonly number[], programs: readonly string[]): string[] {
  const known = OBJECTS[object];
  return log.map((code) => {
    const number = code >> 4;
    const name =
      number === 1 && programs.includes('o_argerr') ? 'o_argerr' : (known?.names[number] ?? `#${number}`);
    return known?.bare.test(name) === true ? name : `${name}${PHASES[code & 15] ?? `?${code & 15}`}`;
  });
}
