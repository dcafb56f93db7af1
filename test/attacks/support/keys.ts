import { readFileSync } from 'node:fs';
import path from 'node:path';
import { loadSigner, type Signer } from '../../../src/core/keys/index.ts';

const FOLDER = path.resolve(import.meta.dirname, '../../../fixtures/keys');

export const keyFile = (name: string): string => path.join(FOLDER, name);

export const signerOf = (name: string): Promise<Signer> => loadSigner(readFileSync(keyFile(`${name}.key`)), undefined);

/** The signer that the cases trust. */
export const TRAINER = keyFile('p256.pub');
export const trainer = await signerOf('p256');
/** Somebody whom no case trusts unless it says so. */
export const stranger = await signerOf('p384');
export const STRANGER = keyFile('p384.pub');
