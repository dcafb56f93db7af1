export { attestModel } from './attest-model.ts';
export type { Environment } from './builder.ts';
export type { AttestOptions, ModelOptions } from './options.ts';
export {
  type BaseReference,
  parseBaseReference,
  parseDatasetReference,
  parseReference,
  type Reference,
} from './reference.ts';
export type { AttestResult } from './result.ts';
export { type SignOptions, type SignResult, signModel } from './sign-model.ts';
