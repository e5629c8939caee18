import { Environment } from '../../lab/environment.js';
import type { Source } from '../../text/source.js';

function sources(files: Record<string, string>, folder: string): Map<string, Source> {
  return new Map(
    Object.entries(files).map(([path, text]) => {
      const file = path.slice(path.lastIndexOf('/') + 1);
      return [file.slice(0, -'.bpf'.length), { name: `programs/${folder}/${file}`, text }];
    }),
  );
}

/** The labs of the benchmark, by name. */
export function benchLabs(): ReadonlyMap<string, Source> {
  const files: Record<string, string> = import.meta.glob('../../../programs/bench/*.bpf', {
    query: '?raw',
    import: 'default',
    eager: true,
  });
  return sources(files, 'bench');
}

/** The emulated kernel and the guards, built into the page. */
export function builtInEnvironment(): Environment {
  const kernel: Record<string, string> = import.meta.glob('../../../programs/kernel/*.bpf', {
    query: '?raw',
    import: 'default',
    eager: true,
  });
  const guards: Record<string, string> = import.meta.glob('../../../programs/guards/*.bpf', {
    query: '?raw',
    import: 'default',
    eager: true,
  });
  return new Environment({ kernel: sources(kernel, 'kernel'), guards: sources(guards, 'guards') });
}
