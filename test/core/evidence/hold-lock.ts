import { once } from 'node:events';
import { withLock } from '../../../src/core/evidence/index.ts';

/** Holds the lock of the file named by the first argument until told to release it. */
await withLock(process.argv[2] ?? '', async () => {
  process.send?.('held');
  await once(process, 'message');
});
process.disconnect();
