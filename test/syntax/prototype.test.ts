import { expect, test } from 'vitest';
import { parsePrototype } from '../../src/syntax/prototype.js';
import { Findings } from '../../src/text/findings.js';

function read(text: string): string {
  const findings = new Findings();
  const p = parsePrototype({ name: 'test', text }, findings);
  findings.orThrow();
  return `${p?.name.name}(${p?.params.map((x) => x.name).join(', ')})`;
}

test.each([
  ['long do_unlinkat(int dfd, struct filename *name)', 'do_unlinkat(dfd, name)'],
  ['void f(void)', 'f()'],
  ['f()', 'f()'],
  ['struct file *do_filp_open(int dfd, struct filename *pathname);', 'do_filp_open(dfd, pathname)'],
  ['int g(int, const char *, unsigned long long, u64)', 'g(arg0, arg1, arg2, arg3)'],
  ['int h(void (*done)(int, void *), char name[16], enum hrtimer_mode mode)', 'h(done, name, mode)'],
  ['  unsigned   int\n  k ( struct sock * sk , size_t len )', 'k(sk, len)'],
  ['int m(enum mode)', 'm(arg0)'],
])('`%s` is %s', (text, expected) => {
  expect(read(text)).toBe(expected);
});
