/** What keeps programs out, besides the guard of trampolines and raw tracepoints. */
interface Layer {
  /** The function of the kernel that tells of one that was kept out. */
  readonly counter: string;
  /** What that function is given: the program, or its link. */
  readonly of: 'program' | 'link';
  /** What happened to the program. */
  readonly told: string;
  /** The same after how often it was missed. */
  readonly by: string;
}

/** A layer is a row; its function says so in a comment of its own. */
export const LAYERS = {
  bpf_prog_active: {
    counter: 'bpf_prog_inc_misses_counter',
    of: 'program',
    told: 'kept out by bpf_prog_active',
    by: 'by bpf_prog_active',
  },
  kprobe: {
    counter: 'kprobes_inc_nmissed_count',
    of: 'link',
    told: 'dropped by the kprobe layer',
    by: 'by the kprobe layer',
  },
  kretprobe: {
    counter: 'kretprobe_inc_nmissed_count',
    of: 'link',
    told: 'no instance was left to wait for the return',
    by: 'for want of an instance to wait for the return',
  },
  ftrace: {
    counter: 'ftrace_record_recursion',
    of: 'link',
    told: 'kept out by ftrace, which this context is inside of twice',
    by: 'by ftrace',
  },
} as const satisfies Readonly<Record<string, Layer>>;

export type LayerName = keyof typeof LAYERS;

export const LAYER_NAMES = Object.keys(LAYERS) as LayerName[];
