import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { formatCheckpoint, runInvocation, runOrigin, signNote } from '../../../src/core/log/index.ts';
import { newTree } from '../records/support.ts';
import { signerOf } from './support.ts';

const PAGE = path.resolve(import.meta.dirname, '../../../docs/formats/checkpoint.md');

it('docs/formats/checkpoint.md shows the checkpoint that it describes', async () => {
  const signer = await signerOf('ed25519');
  const tree = newTree('lf');
  tree.push(Buffer.from('{"step":0}\n{"step":1}\n{"st'));
  const { size, root } = tree.complete;
  const origin = runOrigin(runInvocation(undefined, '2026-11-23T17:00:00Z', signer.publicKey.spki), 'stdout');
  const note = await signNote(formatCheckpoint({ origin, size: BigInt(size), root }), origin, signer);

  expect(readFileSync(PAGE, 'utf8')).toContain(`\n\`\`\`\n${note}\`\`\`\n`);
});
