import { type AttestOptions, attestModel, type SignOptions, signModel } from '../../../src/core/attest/index.ts';
import { type KeyName, signerOf } from './support.ts';

/** `attest MODEL --key p256.key` unless told otherwise. */
export const attest = async (
  model: string,
  { key = 'p256', ...overrides }: Partial<AttestOptions> & { readonly key?: KeyName } = {},
): Promise<void> =>
  void (await attestModel({
    model,
    signer: await signerOf(key),
    ignore: [],
    allowSymlinks: false,
    force: false,
    opaque: [],
    segmentHash: 'blake3',
    bases: [],
    datasets: [],
    environments: [],
    configs: [],
    logs: [],
    parameters: {},
    source: undefined,
    env: {},
    copyParentEvidence: true,
    modelSig: true,
    manifest: true,
    ...overrides,
  }));

/** `sign MODEL --key p256.key` unless told otherwise. */
export const sign = async (
  model: string,
  { key = 'p256', ...overrides }: Partial<SignOptions> & { readonly key?: KeyName } = {},
): Promise<void> =>
  void (await signModel({
    model,
    signer: await signerOf(key),
    certificates: [],
    ignore: [],
    allowSymlinks: false,
    force: false,
    ...overrides,
  }));
