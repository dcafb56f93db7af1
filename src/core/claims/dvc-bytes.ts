import { createHash, type Hash } from 'node:crypto';
import { quote } from '../bytes/index.ts';
import { readChunks } from '../evidence/index.ts';
import type { DvcClaims } from './dvc-claims.ts';

/** A larger file is compared by its size alone: MD5 proves nothing, and is not worth a second reading of a model. */
const MAX_MD5_BYTES = 16 * 1024 * 1024;

/**
 * How files differ from what stages wrote, a sentence each. Equal MD5s prove nothing, and other ones that a lock file is not about
 * these bytes.
 *
 * @throws StemmaError as `readChunks`
 */
export async function otherBytes(
  outputs: DvcClaims['outputs'],
  named: (file: string) => { readonly location: string; readonly size: number } | undefined,
): Promise<string[]> {
  const out: string[] = [];
  for (const { path, file, size, md5 } of outputs) {
    const found = named(file);
    if (found === undefined) continue;
    if (size !== undefined && size !== found.size)
      out.push(`${quote(path, 80)} was written with ${size} bytes, and has ${found.size}`);
    else if (md5 !== undefined && found.size <= MAX_MD5_BYTES && (await isOther(found.location, md5)))
      out.push(`${quote(path, 80)} was written with another MD5 than it has`);
  }
  return out;
}

async function isOther(location: string, md5: string): Promise<boolean> {
  let hash: Hash;
  try {
    hash = createHash('md5');
  } catch {
    // An OpenSSL that may do approved algorithms only.
    return false;
  }
  for await (const chunk of readChunks(location)) hash.update(chunk);
  return hash.digest('hex') !== md5;
}
