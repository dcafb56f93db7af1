import { readFileSync } from 'node:fs';
import { type Draft, EXPIRES, MODEL, requirement } from '../../support/policies.ts';
import { keyFile } from './keys.ts';
import type { Scene } from './scene.ts';

const OMS = 'https://model_signing/signature/v1.0';

/** A public key of the fixtures, as a policy names it. */
export const inline = (name: string): Draft => ({ publicKey: readFileSync(keyFile(`${name}.pub`), 'utf8') });

/** The trainer says what the model is. */
export const draft = (more: Draft = {}): Draft => ({
  version: 1,
  expires: EXPIRES,
  trust: { keys: { trainer: inline('p256'), stranger: inline('p384') } },
  requirements: [requirement('weights', MODEL, ['trainer'])],
  ...more,
});

/** The same, and who says what the base models are. */
export const lineageDraft = (more: Draft = {}): Draft =>
  draft({ lineage: { ancestors: [{ requirements: [requirement('base', [MODEL, OMS], ['trainer'])] }], ...more } });

/** `--policy` with the name of a file that holds it. */
export const policyArguments = (scene: Scene, policy: Draft | string): string[] => [
  '--policy',
  scene.beside('policy.json', typeof policy === 'string' ? policy : JSON.stringify(policy)),
];
