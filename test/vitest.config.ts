import { defineConfig } from 'vitest/config';
import { TEST_LIMIT, WAIT_LIMIT } from './support/limits.js';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: TEST_LIMIT,
    hookTimeout: TEST_LIMIT,
    expect: { poll: { timeout: WAIT_LIMIT } },
    globalSetup: ['test/support/announce.ts'],
  },
});
