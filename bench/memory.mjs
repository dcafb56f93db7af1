import path from 'node:path';
import { makeModel } from './data.mjs';
import { once } from './measure.mjs';

const LIMIT = '250 MB';

/** Peak memory where the input is far greater than memory. Needs minutes, so `--no-huge` leaves it out. */
export async function rows({ data, huge, command, attest, timing, key, pub }) {
  if (!huge) return [];
  const shape = { shards: 1, tensors: 128, bytes: 64 * 2 ** 30, sparse: true };
  const folder = attest(makeModel(path.join(data, 'huge-64'), shape));
  const verify = command('verify', folder, '--key', pub, '--quiet');
  const again = command('attest', folder, '--key', key, '--no-source', '--force', '--quiet');
  return [
    timing('verify --fast, 64 GiB sparse file', LIMIT, once([...verify, '--fast'])),
    timing('verify, 64 GiB sparse file', LIMIT, once(verify)),
    timing('attest, 64 GiB sparse file', LIMIT, once(again)),
  ];
}
