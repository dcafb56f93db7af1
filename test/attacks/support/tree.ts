import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';

const HASHED_UP_TO = 1024 * 1024;
const SEPARATOR = Buffer.from('/');

/** Everything below a folder, one line per entry: kind, size and, for small files, what is in them. Names are taken as bytes. */
export function treeOf(folder: string): readonly string[] {
  const out: string[] = [];
  const visit = (at: Buffer): void => {
    for (const name of readdirSync(at, { encoding: 'buffer' })) {
      const location = Buffer.concat([at, SEPARATOR, name]);
      const stat = lstatSync(location);
      const kind = stat.isSymbolicLink()
        ? `link ${readlinkSync(location)}`
        : stat.isFile()
          ? content(location)
          : `other ${stat.mode}`;
      out.push(`${location.subarray(folder.length).toString('latin1')} ${kind}`);
      if (stat.isDirectory()) visit(location);
    }
  };
  visit(Buffer.from(folder));
  return out.toSorted();
}

function content(location: Buffer): string {
  const { size, mtimeMs } = lstatSync(location);
  if (size > HASHED_UP_TO) return `file ${size} ${mtimeMs}`;
  return `file ${size} ${createHash('sha256').update(readFileSync(location)).digest('hex')}`;
}
