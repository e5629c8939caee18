import type { Cell, Cells } from './cells.js';
import { inC, type Operand, promela } from './operators.js';

/** Where in a cell an access is: at a number, and a variable is added where there is one. */
export interface Position {
  readonly cell: Cell;
  readonly offset: number;
  readonly index: string | undefined;
}

/** The variable of an access to a cell that is not bytes. */
export function partName(cell: Cell, offset: number, size: number): string {
  return offset === 0 && size === cell.size ? cell.name : `${cell.name}_${offset}`;
}

const element = (index: string | undefined, n: number, prefix = ''): string =>
  index === undefined ? String(n) : n === 0 ? `${prefix}${index}` : `${prefix}${index} + ${n}`;

/** Statements that read and write memory, for code on one CPU. */
export class MemoryText {
  readonly cells: Cells;
  readonly cpu: number;

  constructor(cells: Cells, cpu: number) {
    this.cells = cells;
    this.cpu = cpu;
  }

  #variable({ cell, offset }: Position, size: number, now: string): string {
    const name = `${now}${partName(cell, offset, size)}`;
    return cell.isOfTask ? `${name}[${now}current_cpu${this.cpu}]` : name;
  }

  /** `to` becomes what lies there; 8 bytes need a variable of C. */
  load(to: string, at: Position, size: number): string {
    const { cell, offset, index } = at;
    this.cells.access(cell, index === undefined ? offset : undefined, size);
    if (!this.cells.isBytes(cell))
      return size === 8
        ? `c_code { @->${to} = ${this.#variable(at, size, 'now.')}; };`
        : `${to} = ${this.#variable(at, size, '')};`;
    if (size === 8)
      return `c_code { @->${to} = get64(&now.${cell.name}[${element(index, offset, '@->')}]); };`;
    const bytes = Array.from({ length: size }, (_, i) => {
      const byte = `${cell.name}[${element(index, offset + i)}]`;
      return i === 0 ? byte : `(${byte} << ${8 * i})`;
    });
    return `${to} = ${bytes.join(' | ')};`;
  }

  store(at: Position, size: number, value: Operand): string[] {
    const { cell, offset, index } = at;
    this.cells.access(cell, index === undefined ? offset : undefined, size);
    const isBytes = this.cells.isBytes(cell);
    if (size === 8) {
      const to = isBytes
        ? `put64(&now.${cell.name}[${element(index, offset, '@->')}], ${inC(value, 64)})`
        : `${this.#variable(at, size, 'now.')} = ${inC(value, 64)}`;
      return [`c_code { ${to}; };`];
    }
    if (value.kind === 'wide')
      return [`c_code { @->half = (int)${inC(value, 32)}; };`, ...this.store(at, size, HALF), 'half = 0;'];
    const part = (shift: number, bytes: number): string => {
      if (value.kind === 'const') {
        const bits = BigInt(8 * bytes);
        const n = BigInt.asUintN(8 * bytes, value.value >> BigInt(shift));
        return bits === 32n ? promela({ kind: 'const', value: n }) : String(n);
      }
      const shifted = shift === 0 ? promela(value) : `(${promela(value)} >> ${shift})`;
      return bytes === 4 ? shifted : `${shifted} & ${bytes === 1 ? 255 : 65535}`;
    };
    if (!isBytes) return [`${this.#variable(at, size, '')} = ${part(0, size)};`];
    return Array.from(
      { length: size },
      (_, i) => `${cell.name}[${element(index, offset + i)}] = ${part(8 * i, 1)};`,
    );
  }
}

const HALF: Operand = { kind: 'var', name: 'half', max: 0xffff_ffffn };
