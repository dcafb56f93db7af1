import { copyFileSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { parseBaseReference, parseDatasetReference } from '../../../src/core/attest/index.ts';
import { digest, expectCode, tempDir, writeFiles } from '../model/support.ts';
import { attest, digits, listen, type Overrides, provenanceOf, snapshot } from './support.ts';

let dir: string;
let base: string;
let child: string;
beforeEach(() => {
  dir = tempDir();
  base = digits(dir, 'base');
  child = digits(dir, 'finetuned');
});

const from = (text: string): Pick<Overrides, 'bases'> => ({ bases: [parseBaseReference(text)] });
const on = (text: string): Pick<Overrides, 'datasets'> => ({ datasets: [parseDatasetReference(text)] });
const linkOf = (model: string) => provenanceOf(model).links[0];
const attestations = (model: string): string => path.join(model, 'model.attestations.jsonl');

describe('a base model given by its path', () => {
  it('whose links are to be followed, as anybody may have written beside it, is refused, which is said', async () => {
    const elsewhere = path.join(dir, 'private');
    writeFiles(elsewhere, { 'w.bin': 'secret' });
    symlinkSync(elsewhere, path.join(base, 'x'));
    await attest(base, { allowSymlinks: true });
    const { said, onWarning } = listen();
    const before = snapshot(child);
    const read: string[] = [];
    const onProgress = ({ phase }: { readonly phase: string }): number => read.push(phase);
    for (const options of [from(`adapter-of=${base}`), on(base)]) {
      await expectCode(attest(child, { ...options, onWarning, onProgress }), 'SYMLINK_REFUSED');
    }
    expect(said).toEqual(
      Array(2).fill(
        'a statement with "base" follows symbolic links; it is not authenticated here, and they are not followed',
      ),
    );
    expect([read, snapshot(child)]).toEqual([[], before]);
  });

  it('that was attested with --allow-symlinks and has none is named by that statement', async () => {
    await attest(base, { allowSymlinks: true, name: 'org/base' });
    const { said, onWarning } = listen();
    await attest(child, { ...from(`adapter-of=${base}`), onWarning });
    expect(linkOf(child)).toMatchObject({ name: 'org/base', digest: (await digest(base)).trees.digests });
    expect(said).toEqual([]);
  });

  it.each<[string, (to: string) => void]>([
    ['in it', (at) => symlinkSync(at, attestations(base))],
    ['beside it', (at) => symlinkSync(at, `${base}.attestations.jsonl`)],
  ])('with a link %s to evidence elsewhere is refused', async (_, put) => {
    const other = digits(dir, 'fp16');
    await attest(other, { parameters: { run: 'internal-project' } });
    put(attestations(other));
    const before = snapshot(child);
    await expectCode(attest(child, from(base)), 'SYMLINK_REFUSED');
    expect(snapshot(child)).toEqual(before);
  });

  it('with a link beside it to evidence elsewhere is attested from where its evidence stays behind', async () => {
    const other = digits(dir, 'fp16');
    await attest(other);
    symlinkSync(attestations(other), `${base}.attestations.jsonl`);
    const { said, onWarning } = listen();
    await attest(child, { ...from(`adapter-of=${base}`), copyParentEvidence: false, onWarning });
    expect(said).toEqual([
      expect.stringMatching(/^evidence is not read: .* is a symbolic link/),
      expect.stringMatching(/^the link to "base" does not say where its evidence is: .* is a symbolic link/),
    ]);
    expect(linkOf(child)?.digest).toEqual((await digest(base)).trees.digests);
  });

  it('that is a file with a link to evidence elsewhere beside it is refused', async () => {
    const gguf = path.join(digits(dir, 'gguf'), 'digits-finetuned.gguf');
    await attest(base);
    symlinkSync(attestations(base), `${gguf}.attestations.jsonl`);
    await expectCode(attest(child, from(gguf)), 'SYMLINK_REFUSED');
  });

  it('that is a Hugging Face snapshot brings its evidence, which is links to blobs', async () => {
    await attest(base);
    const repository = path.join(dir, 'models--org--base');
    const snapshotted = path.join(repository, 'snapshots', 'c0ffee');
    mkdirSync(path.join(repository, 'blobs'), { recursive: true });
    mkdirSync(snapshotted, { recursive: true });
    for (const [index, name] of readdirSync(base).entries()) {
      copyFileSync(path.join(base, name), path.join(repository, 'blobs', `${index}`));
      symlinkSync(`../../blobs/${index}`, path.join(snapshotted, name));
    }
    const result = await attest(child, from(snapshotted));
    expect(result.copiedEvidence).toBe(3);
    expect(linkOf(child)).toMatchObject({ name: 'base', digest: (await digest(base)).trees.digests });
  });
});
