import { execFileSync } from 'node:child_process';
import { cpSync, globSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { startKubo } from '../../support/kubo.ts';
import { FIXTURES, stemma } from '../support/stemma.mjs';
import { attested } from './support.mjs';

const PUB = path.join(FIXTURES, 'keys/p256.pub');

/** An evidence pack goes into a node whole, is browsed there, and verifies as it comes back. */
export async function packs(t, binary) {
  const model = attested(t, 'packed');
  const bare = path.join(t.temp, 'bare');
  cpSync(path.join(FIXTURES, 'digits/finetuned'), bare, { recursive: true });
  const pack = path.join(t.temp, 'pack.car');
  t.exits(stemma(['evidence', 'export', model, '-o', pack]), 0, 'the evidence is packed');
  const node = await startKubo(path.join(t.temp, 'packs'), { binary });
  try {
    const root = (await node.cli('dag', 'import', '--stats=false', pack)).match(/baf\w+/)?.[0] ?? '';
    const out = path.join(t.temp, 'unpacked');
    await node.cli('get', '-o', out, root);
    const [attestations] = globSync('**/model.attestations.jsonl', { cwd: out });
    t.equal(
      attestations && readFileSync(path.join(out, attestations), 'utf8'),
      readFileSync(path.join(model, 'model.attestations.jsonl'), 'utf8'),
      'Kubo writes its files: the attestations are those of the model',
    );
    const again = path.join(t.temp, 'again.car');
    const env = { ...process.env, IPFS_PATH: node.folder };
    execFileSync(binary, ['dag', 'export', '--progress=false', root], {
      env,
      stdio: ['ignore', openSync(again, 'w'), 'inherit'],
    });
    t.ok(readFileSync(again).equals(readFileSync(pack)), 'Kubo exports the very bytes that Stemma wrote');
    t.exits(stemma(['verify', bare, '--evidence', again, '--key', PUB]), 0, 'a bare model verifies by it');
    const spoilt = readFileSync(pack);
    spoilt[spoilt.length - 9] ^= 1;
    writeFileSync(again, spoilt);
    t.exits(stemma(['verify', bare, '--evidence', again, '--key', PUB]), 1, 'one flipped bit in it is found');
  } finally {
    await node.stop();
  }
}
