import { string } from '@oclif/core/flags';
import { repeatable, trustedKeysFlag } from './flags.ts';

/** The flags that name whom to trust, as `loadTrust` reads them, and `--time`, by which certificates are judged. */
export function trustFlags() {
  return {
    key: trustedKeysFlag(),
    'cert-chain': repeatable({
      summary: 'certificate to trust as an anchor (PEM or DER)',
      helpValue: 'ROOT',
      helpGroup: 'TRUST',
    }),
    identity: string({
      summary: 'keyless signer: the exact identity in its certificate',
      helpValue: 'I',
      helpGroup: 'TRUST',
      dependsOn: ['identity-provider'],
    }),
    'identity-provider': string({
      summary: 'keyless signer: the exact OIDC issuer',
      helpValue: 'URL',
      helpGroup: 'TRUST',
      dependsOn: ['identity'],
    }),
    'trusted-root': string({
      summary: 'Sigstore trusted root; default the embedded one',
      helpValue: 'FILE',
      helpGroup: 'TRUST',
      dependsOn: ['identity'],
    }),
    time: string({ summary: 'judge certificates as of this time', helpValue: 'TIME', helpGroup: 'TRUST' }),
  };
}
