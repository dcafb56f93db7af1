import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { FIXTURES } from '../support/stemma.mjs';

/** Names on which signers disagree: order by components or by bytes, Unicode, hidden, empty, top-level Git. */
const AWKWARD = {
  'a-b': '1\n',
  'a.txt': '2\n',
  'a/b': '3\n',
  empty: '',
  'empty folder/nothing': '',
  '.hidden': 'hidden',
  '.hidden folder/.file': 'hidden too',
  'with space.txt': 'space',
  'späce dir/ü.txt': 'not ASCII',
  'cafe\u0301.txt': 'NFD',
  'emoji \u{1F9EC}.bin': 'beyond the BMP',
  '\uFFFDx': 'below U+10000 in code points',
  '\u{10000}x': 'above it, yet first in UTF-16',
  'quote"\'.txt': 'quotes',
  '-dash': 'like a flag',
  'sub/.git/config': 'not at the top level: signed',
  '.git/config': 'at the top level: left out',
  '.gitattributes': 'left out',
};

/** A folder of the files given as {path: text}. */
export function folder(root, files) {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), text);
  }
  return root;
}

/** The fine-tune of fixtures/digits, in three shards, beside files with awkward names. */
export function awkwardModel(temp, name) {
  const root = path.join(temp, name);
  cpSync(path.join(FIXTURES, 'digits/resharded'), root, { recursive: true });
  return folder(root, AWKWARD);
}

/** The sample folder of the reference implementation's tests; its root in code-point order is known. */
export function sampleModel(temp, name) {
  const files = {};
  for (const i of [0, 1, 2, 3]) files[`f${i}`] = `This is file f${i} in root.`;
  for (const i of [0, 1]) {
    for (const j of [0, 1, 2]) files[`d${i}/f${i}${j}`] = `This is file f${i}${j} in d${i}.`;
  }
  return folder(path.join(temp, name), files);
}

/** What history/make.mjs had old releases sign: the sample, an empty file, and names whose order is in dispute. */
export function historicModel(temp, name) {
  const { 'a-b': dash, 'a.txt': dot, 'a/b': slash, empty } = AWKWARD;
  return folder(sampleModel(temp, name), { 'a-b': dash, 'a.txt': dot, 'a/b': slash, empty });
}

export const SAMPLE_ROOT = '143cc682e555951649f18e2761c3d526d2502996f5e32dc187ef7f8a614f8df7';
