import { string as stringArgument } from '@oclif/core/args';
import { BaseCommand, EXIT, loadPublicHalf, passphraseFileFlag, withEnvironment } from '../../cli/index.ts';

export class KeyShow extends BaseCommand {
  static override summary = 'show the public half of a key file';
  static override description =
    'Prints the type, the fingerprint (SHA-256 of the public key in DER), the hint that OpenSSF Model Signing bundles carry, and ' +
    'the public key as PEM. Of a private key file, too, only the public half is shown.';
  static override examples = [
    { description: 'see whose key this is', command: '<%= config.bin %> <%= command.id %> trainer.pub' },
    {
      description: 'extract the public half in CI',
      command: '<%= config.bin %> <%= command.id %> trainer.key --passphrase-file /run/secrets/passphrase --json',
    },
  ];
  static override args = {
    file: stringArgument({ description: 'public or private key file (PEM)', required: true }),
  };
  static override flags = withEnvironment({ 'passphrase-file': passphraseFileFlag() });

  async run(): Promise<object> {
    const { args, flags } = await this.parse(KeyShow);
    const { key, fromPrivate } = await loadPublicHalf(args.file, this.keyContext(flags['passphrase-file']));
    const { type, fingerprint, hint, pem } = key;
    return this.finish(
      { type, fingerprint, hint, fromPrivate, pem },
      EXIT.done,
      `type         ${type}${fromPrivate ? ', from a private key' : ''}\nfingerprint  sha256:${fingerprint}\nkey hint     ${hint}\n\n${pem}`,
    );
  }
}
