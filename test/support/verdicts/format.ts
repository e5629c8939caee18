/** What `rules.json` and its neighbours hold; their README says what the fields mean. */

export interface RecordedMap {
  readonly type: number;
  readonly key: number;
  readonly value: number;
  readonly max: number;
  readonly flags: number;
  readonly inner?: string;
  readonly frozen?: number;
  readonly content?: string;
  readonly btf?: string;
  readonly value_type_id?: number;
}

export interface RecordedType {
  readonly absent?: boolean;
  readonly size?: number;
  readonly members?: readonly (readonly [name: string, bitOffset: number, bits: number, type: string])[];
  readonly returns?: string;
  readonly args?: readonly (readonly [name: string, type: string, size: number])[];
  readonly var?: string;
}

export interface RecordedResult {
  readonly skip?: string;
  readonly rc?: number | string;
  readonly msg?: string;
  readonly class?: string;
  readonly log?: number;
  readonly log2?: number;
  readonly insns?: number;
  readonly states?: number;
  readonly max_states?: number;
  readonly peak?: number;
  readonly stack?: string;
}

export interface RecordedProgram {
  readonly id: string;
  readonly kind: string;
  readonly type: number;
  readonly attach_type: number;
  readonly flags: number;
  readonly license: string;
  readonly caps?: 'bpf' | 'bpf+perfmon';
  readonly target?: string;
  readonly insns: string;
  readonly maps: readonly string[];
  readonly kfuncs?: readonly string[];
  readonly ksyms?: readonly string[];
  readonly relocs?: readonly (readonly [
    insn: number,
    where: 'off' | 'imm' | 'id',
    struct: string,
    path: string,
  ])[];
  readonly btf?: string;
  readonly func_info?: string;
  readonly from?: string;
  readonly results: Readonly<Record<string, RecordedResult>>;
}

export interface RecordedFile {
  readonly corpus: string;
  readonly kernels: Readonly<Record<string, string>>;
  readonly maps: Readonly<Record<string, RecordedMap>>;
  /** By name, then by kernels that agree, which the key lists with blanks between. */
  readonly types: Readonly<Record<string, Readonly<Record<string, RecordedType>>>>;
  readonly records: readonly RecordedProgram[];
  readonly logs: readonly string[];
}
