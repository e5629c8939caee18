import { expect, test } from 'vitest';
import { loadMaking, made } from '../../src/web/worker/made.js';

test('what makes functions is there once it is loaded, and not before', async () => {
  expect(made).toEqual({});
  await loadMaking();
  expect(made.wellKnownTracepoint?.('sched_switch')).toContain('prev');
  expect(Object.keys(made).sort()).toEqual([
    'declareMissing',
    'readDwarf',
    'wellKnownEvent',
    'wellKnownRecord',
    'wellKnownTracepoint',
  ]);
});
