/**
 * What the rooms that run anywhere use of what Node.js and browsers have beside the language: no more than this, so that a
 * stray `process` or `document` is a mistake (src/tsconfig.json). Where those are there, their own declarations count.
 */

declare namespace WebAssembly {
  interface Memory {
    readonly buffer: ArrayBuffer;
  }
  type Module = object;
  interface Instance {
    readonly exports: Record<string, ExportValue>;
  }

  // biome-ignore lint/complexity/noBannedTypes: functions of any signature, as in the declarations of browsers.
  type ImportValue = Function | Memory | number | object | undefined;
  // biome-ignore lint/complexity/noBannedTypes: the same.
  type ExportValue = Function | Memory;

  const Memory: {
    new (descriptor: { initial: number; maximum?: number; shared?: boolean }): Memory;
  };
  const Module: {
    new (bytes: Uint8Array<ArrayBuffer>): Module;
    imports(module: Module): { module: string; name: string; kind: string }[];
  };
  const Instance: {
    new (module: Module, imports: Record<string, Record<string, ImportValue>>): Instance;
  };
}

declare class TextEncoder {
  encode(text: string): Uint8Array<ArrayBuffer>;
}

declare class TextDecoder {
  constructor(encoding?: 'utf-8' | 'latin1', options?: { ignoreBOM?: boolean; fatal?: boolean });
  decode(bytes: Uint8Array): string;
}
