import { readFileSync } from 'node:fs';
import type { Node as OhmNode } from 'ohm-js';
import { expect, test } from 'vitest';
import type { Node } from '../../src/syntax/node.js';
import { splitStatements } from '../../src/syntax/split.js';
import { bpfGrammar, matched, spanOf, treeOf } from '../../src/syntax/tree.js';
import { filesBelow } from '../support/files.js';

/** Every node of a tree with its place, as one text. */
const drawn = (node: Node | OhmNode): string =>
  `${node.ctorName} ${node.source.startIdx}-${node.source.endIdx} ${node.sourceString} (${node.children.map(drawn).join(', ')})`;

const wrapped = bpfGrammar.createSemantics().addOperation<string>('drawn', {
  _nonterminal() {
    return drawn(this);
  },
});

/** All statements of the labs, those of instructions and others, that are lines of assembly as well. */
const statements = filesBelow('programs', '.bpf').flatMap((path) => {
  const nodes = [...splitStatements({ name: path, text: readFileSync(path, 'utf8') }).nodes];
  const texts: string[] = [];
  for (let node = nodes.pop(); node !== undefined; node = nodes.pop()) {
    if (node.kind === 'statement') texts.push(node.text);
    else nodes.push(...node.body);
  }
  return texts;
});

test('the tree that is read is the one that ohm shows', () => {
  let compared = 0;
  for (const text of new Set([
    ...statements,
    'r1 = (r2 + 4) * 2',
    'a: 1: b : r1 s >>= 4',
    '.equ a, -(1 + 2)',
  ])) {
    const match = bpfGrammar.match(text, 'Line');
    if (match.failed()) continue;
    compared += 1;
    const source = { name: 'test', text };
    expect(drawn(treeOf(match, source, 0))).toBe(wrapped(match)['drawn']() as string);
  }
  expect(compared).toBeGreaterThan(400);
});

test('trees that are read side by side keep their places apart', () => {
  const trees = [
    { name: 'first', text: '    r1 = r2' },
    { name: 'second', text: 'w3 = w4' },
  ].map((source) => {
    const at = source.text.search(/\S/);
    return treeOf(bpfGrammar.match(source.text.slice(at), 'Insn'), source, at);
  });
  const spans = trees.map((tree) => spanOf(tree.children[0]!.children[2]!));
  expect(spans.map(({ source, start, end }) => [source.name, source.text.slice(start, end)])).toEqual([
    ['first', 'r2'],
    ['second', 'w4'],
  ]);
});

test('a statement that was read before has the places of where it is now', () => {
  const places = ['    r1 += r2', 'r1 += r2', 'r9 = 1; r1 += r2'].map((text, i) => {
    const source = { name: `source ${i}`, text };
    const at = text.indexOf('r1');
    const statement = { text: text.slice(at), span: { source, start: at, end: text.length } };
    const { tree } = matched(bpfGrammar, 'Line', statement);
    expect(drawn(tree!)).toBe(drawn(treeOf(bpfGrammar.match(statement.text, 'Line'), source, at)));
    const { start, end } = spanOf(tree!);
    return [spanOf(tree!).source.name, start, source.text.slice(start, end)];
  });
  expect(places).toEqual([
    ['source 0', 4, 'r1 += r2'],
    ['source 1', 0, 'r1 += r2'],
    ['source 2', 8, 'r1 += r2'],
  ]);
  const wrong = { text: 'r1 = = 2', span: { source: { name: 'wrong', text: 'r1 = = 2' }, start: 0, end: 8 } };
  for (let again = 0; again < 2; again += 1)
    expect(matched(bpfGrammar, 'Line', wrong).failed?.getRightmostFailurePosition()).toBe(5);
});
