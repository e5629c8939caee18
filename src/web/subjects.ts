/** What the labs of `programs` and `programs/explore` are about, in the order of the menu; the simplest come first. */
export const SUBJECTS: readonly (readonly [subject: string, labs: readonly string[]])[] = [
  [
    'refusal',
    ['recursion', 'mutual', 'fexit', 'fmod-ret', 'fsession', 'tracepoint', 'own-guard', 'stack-overflow'],
  ],
  ['contexts', ['nmi-over-task', 'softirq-then-hardirq', 'bh-disabled-is-level-0', 'timer', 'explore/self']],
  [
    'interleavings',
    [
      'two-tasks-one-cpu',
      'sleepable',
      'explore/two-tasks',
      'explore/broken-guard',
      'explore/three-tasks-irq-nmi',
      'explore/sleepable',
      'explore/u8-wrap',
    ],
  ],
  ['per-CPU memory', ['scratch-corruption', 'alignment', 'percpu-alignment']],
  ['probe layer', ['kprobe-blocks-tracepoint', 'printk-recursion']],
  // The kernel's own tests, and what was recorded on kernels.
  ['real kernels', ['two-programs', 'missed-kprobe', 'missed-kprobe-recursion', 'missed-tp']],
];
