import { defineConfig } from 'vitest/config';

/** Large inputs: sparse files of many GiB, a million files. Minutes, so not part of `npm test`. */
export default defineConfig({
  test: {
    include: ['test/**/*.slow.test.ts'],
    globalSetup: ['test/support/build.ts'],
    testTimeout: 900_000,
    hookTimeout: 300_000,
    fileParallelism: false,
  },
});
