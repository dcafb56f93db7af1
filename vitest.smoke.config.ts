import { defineConfig } from 'vitest/config';

/** The packed and installed command; needs the npm registry. */
export default defineConfig({
  test: { include: ['test/e2e/**/*.test.ts'], testTimeout: 300_000, hookTimeout: 300_000 },
});
