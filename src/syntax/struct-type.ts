// cspell:ignore intptr uintptr ssize loff umode fmode
import { type Diagnostic, errorAt } from '../text/diagnostic.js';
import { didYouMean } from '../text/nearest.js';
import { type Span, span } from '../text/source.js';
import type { MemberAst, MemberTypeAst } from './lab-ast.js';
import type { Block, Node, Statement } from './split.js';

const SIZES: Readonly<Record<'1' | '2' | '4' | '8', string>> = {
  '1': 'char, signed char, unsigned char, bool, _Bool, u8, s8, __u8, __s8, uint8_t, int8_t',
  '2': 'short, short int, unsigned short, unsigned short int, u16, s16, __u16, __s16, uint16_t, int16_t, umode_t, __be16, __le16',
  '4': 'int, signed int, signed, unsigned, unsigned int, u32, s32, __u32, __s32, uint32_t, int32_t, pid_t, uid_t, gid_t, dev_t, gfp_t, fmode_t, __be32, __le32',
  '8': 'long, long int, unsigned long, unsigned long int, long long, long long int, unsigned long long, unsigned long long int, u64, s64, __u64, __s64, uint64_t, int64_t, size_t, ssize_t, loff_t, off_t, sector_t, ino_t, uintptr_t, intptr_t, __be64, __le64',
};
const SIGNED =
  /^(?:char|signed.*|short.*|int|int\d+_t|long.*|(?:__)?s\d+|pid_t|ssize_t|loff_t|off_t|intptr_t)$/;

const INTS: ReadonlyMap<string, MemberTypeAst> = new Map(
  (['1', '2', '4', '8'] as const).flatMap((size) =>
    SIZES[size]
      .split(', ')
      .map((name) => [name, { kind: 'int', size: Number(size) as 1 | 2 | 4 | 8, signed: SIGNED.test(name) }]),
  ),
);

const QUALIFIER = /\b(?:const|volatile|__user|__rcu|__percpu|struct|union|enum)\b/g;
/** The words of a type, and what is declared to have it. */
const MEMBER =
  /^((?:(?:const|volatile|__user|__rcu)\s+)*)((?:struct|union|enum)\s+\w+|\w+(?:\s+(?:int|long|short|char))*)\b(.*)$/s;
const DECLARATOR = /^\s*((?:\*\s*(?:const\s*)?)*)\s*(\w+)\s*((?:\[\s*\w*\s*\]\s*)*)(?::\s*(\d+))?\s*$/;
const FUNCTION_POINTER = /^\s*\(\s*\*\s*(\w+)\s*\)\s*\(.*\)\s*$/s;
/** Elements that an array of a structure may have. */
const MOST_ELEMENTS = 1 << 16;

/** Reads members of structures as C declares them; what cannot be read is reported. */
export class MemberReader {
  readonly #report: (d: Diagnostic) => void;

  constructor(report: (d: Diagnostic) => void) {
    this.#report = report;
  }

  /** The members of a block: a structure inside of it is a block, and its name the statement after that. */
  members(body: readonly Node[]): MemberAst[] {
    const out: MemberAst[] = [];
    for (let i = 0; i < body.length; i += 1) {
      const node = body[i]!;
      if (node.kind === 'statement') {
        out.push(...this.#statement(node));
        continue;
      }
      const after = body[i + 1];
      const isNamed = after?.kind === 'statement' && /^\w+(?:\s*\[\s*\w*\s*\])*$/.test(after.text);
      if (isNamed) i += 1;
      out.push(...this.#inline(node, isNamed ? after : undefined));
    }
    return out;
  }

  #refuse(message: string, at: Span, help?: string): [] {
    this.#report(
      errorAt('B0409', message, {
        span: at,
        expected: 'members as C declares them, such as `unsigned int flags` or `struct path *path`',
        help,
      }),
    );
    return [];
  }

  #inline({ head, body }: Block, named: Statement | undefined): MemberAst[] {
    if (head.text !== 'struct' && head.text !== 'union')
      return this.#refuse(`\`${head.text}\` is not a structure without a name`, head.span);
    const type = { kind: 'inline', what: head.text, members: this.members(body) } as const;
    const [, name = '', counts = ''] = /^(\w*)(.*)$/s.exec(named?.text ?? '') ?? [];
    return [{ name, type, counts: this.#counts(counts, named?.span ?? head.span), bits: 0, span: head.span }];
  }

  #counts(text: string, at: Span): number[] {
    return [...text.matchAll(/\[\s*(\w*)\s*\]/g)].map(([, count = '']) => {
      const value = count === '' ? 0 : Number(count);
      if (Number.isSafeInteger(value) && value >= 0 && value <= MOST_ELEMENTS) return value;
      this.#refuse(`an array of \`${count}\``, at, `write a number of at most ${MOST_ELEMENTS}`);
      return 0;
    });
  }

  #statement({ text, span: at }: Statement): MemberAst[] {
    const m = MEMBER.exec(text);
    const words = m?.[2]?.replace(/\s+/g, ' ') ?? '';
    const rest = m?.[3] ?? '';
    const type = this.#type(words);
    const pointer = FUNCTION_POINTER.exec(rest);
    const place = span(at.source, at.start, at.start + Math.max(1, text.length));
    if (m !== null && pointer !== null)
      return [{ name: pointer[1]!, type: { kind: 'pointer' }, counts: [], bits: 0, span: place }];
    const out: MemberAst[] = [];
    for (const part of rest.split(',')) {
      const d = DECLARATOR.exec(part);
      if (m === null || d === null) return this.#refuse(`\`${text}\` is not a member of a structure`, place);
      const [, stars = '', name = '', counts = '', bits] = d;
      const isPointer = stars.includes('*');
      if (type === undefined && !isPointer) {
        const help = didYouMean(words, INTS.keys()) ?? 'a structure is written with `struct` before its name';
        return this.#refuse(`\`${words}\` is not a type that is known here`, place, help);
      }
      const width = Number(bits ?? 0);
      const most = type?.kind === 'int' ? 8 * type.size : type?.kind === 'enum' ? 32 : 0;
      if (bits !== undefined && (isPointer || width === 0 || width > most))
        return this.#refuse(`a field of ${width} bits`, place);
      out.push({
        name,
        type: isPointer ? { kind: 'pointer' } : this.#placed(type!, place),
        counts: this.#counts(counts, place),
        bits: width,
        span: place,
      });
    }
    return out;
  }

  #placed(type: MemberTypeAst, at: Span): MemberTypeAst {
    return type.kind === 'struct' || type.kind === 'union'
      ? { ...type, name: { name: type.name.name, span: at } }
      : type;
  }

  #type(words: string): MemberTypeAst | undefined {
    const [first = '', name = ''] = words.split(' ');
    if (first === 'enum') return { kind: 'enum', name };
    if (first === 'struct' || first === 'union')
      return { kind: first, name: { name, span: { source: { name: '', text: '' }, start: 0, end: 0 } } };
    return INTS.get(words.replace(QUALIFIER, '').trim());
  }
}
