import path from 'node:path';
import { string as stringArgument } from '@oclif/core/args';
import { boolean, option } from '@oclif/core/flags';
import {
  BaseCommand,
  EXIT,
  keyPairFiles,
  name,
  newPassphrase,
  passphraseFileFlag,
  withEnvironment,
  writeKeyPair,
} from '../../cli/index.ts';
import { generateKey, KEY_TYPES } from '../../core/keys/index.ts';

export class KeyGenerate extends BaseCommand {
  static override summary = 'generate a signing key pair';
  static override description =
    'Writes NAME.key, the private key (PKCS#8, encrypted with a passphrase, readable by you alone), and NAME.pub, the public ' +
    'key to hand out. ECDSA P-256 is the type that every reader of OpenSSF Model Signing accepts.';
  static override examples = [
    { description: 'make a key, asking for a passphrase', command: '<%= config.bin %> <%= command.id %> trainer' },
    {
      description: 'make a key in CI, the passphrase from a mounted secret',
      command: '<%= config.bin %> <%= command.id %> trainer --passphrase-file /run/secrets/passphrase --json',
    },
  ];
  static override args = {
    name: stringArgument({ description: 'name of the two files, without ending', required: true }),
  };
  static override flags = withEnvironment({
    type: option({ options: KEY_TYPES, default: 'ecdsa-p256' as const, summary: 'type of key' })(),
    'passphrase-file': passphraseFileFlag(),
    'no-passphrase': boolean({ summary: 'leave the private key unencrypted', exclusive: ['passphrase-file'] }),
    force: boolean({ summary: 'replace a pair of that name' }),
  });

  async run(): Promise<object> {
    const { args, flags } = await this.parse(KeyGenerate);
    const files = await keyPairFiles(args.name, flags.force);
    const sources = this.keyContext(flags['passphrase-file']).passphrase;
    const passphrase = flags['no-passphrase'] ? undefined : await newPassphrase(sources);
    const { privatePem, publicPem, publicKey } = await generateKey(flags.type, passphrase);
    await writeKeyPair(files, { private: privatePem, public: publicPem }, flags.force);
    const { type, fingerprint, hint } = publicKey;
    const [privateFile, publicFile] = [path.basename(files.privateFile), path.basename(files.publicFile)];
    const encrypted = passphrase !== undefined;
    return this.finish(
      { type, fingerprint, hint, privateFile, publicFile, encrypted },
      EXIT.done,
      `${type} key sha256:${fingerprint}\nprivate  ${name(privateFile)}${encrypted ? '' : '  (not encrypted)'}\npublic   ${name(publicFile)}`,
    );
  }
}
