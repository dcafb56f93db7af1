import path from 'node:path';
import { string as stringArgument } from '@oclif/core/args';
import { boolean, string } from '@oclif/core/flags';
import {
  BaseCommand,
  EXIT,
  loadSigningKey,
  name,
  passphraseFileFlag,
  signingKeyFlag,
  withEnvironment,
} from '../../cli/index.ts';
import { readNamedFile } from '../../cli/named-file.ts';
import { shortHex } from '../../cli/render/text.ts';
import { writeReportFile } from '../../cli/report-file.ts';
import { policyFormatOfFile, requirePlaceForPolicy } from '../../cli/signed-policy.ts';
import { signPolicy } from '../../core/attest/index.ts';
import { MAX_POLICY_BYTES } from '../../core/policy/index.ts';

export class PolicySign extends BaseCommand {
  static override summary = 'sign a policy';
  static override description =
    'Signs the very bytes of a policy, so that verify --policy takes it from its author alone (--policy-key). What verify could not ' +
    'use is refused: a policy that is malformed or vacuous, or that names files which the signature would not cover.';
  static override examples = [
    {
      description: 'sign a policy after a review',
      command:
        '<%= config.bin %> <%= command.id %> security.policy.yaml --key security.key -o security.policy.signed.json',
    },
    {
      description: 'in CI, when the policy changes on the main branch',
      command:
        'STEMMA_SIGNING_KEY=security.key STEMMA_PASSPHRASE="$PASS" <%= config.bin %> <%= command.id %> security.policy.yaml -o out/security.policy.signed.json --json',
    },
  ];
  static override args = { file: stringArgument({ description: 'policy (.yaml, .yml or .json)', required: true }) };
  static override flags = withEnvironment({
    key: signingKeyFlag(),
    'passphrase-file': passphraseFileFlag(),
    output: string({ char: 'o', summary: 'signed policy to write', helpValue: 'FILE', required: true }),
    force: boolean({ summary: 'replace a file that is no signed policy' }),
  });

  async run(): Promise<object> {
    const { args, flags } = await this.parse(PolicySign);
    const format = policyFormatOfFile(args.file);
    await requirePlaceForPolicy(args.file, flags.output, flags.force);
    const bytes = await readNamedFile(args.file, 'policy', MAX_POLICY_BYTES);
    const signer = await loadSigningKey(flags.key, this.argv, this.keyContext(flags['passphrase-file']));
    const { envelope, ...signed } = await signPolicy(bytes, format, signer);
    await writeReportFile(flags.output, envelope);
    const { type, fingerprint } = signer.publicKey;
    const file = path.basename(flags.output);
    return this.finish({ file, ...signed, signer: { type, fingerprint } }, EXIT.done, (look) =>
      [
        `policy sha256:${shortHex(signed.digest, look)}, expires ${signed.expires}`,
        `signed by ${type} key sha256:${shortHex(fingerprint, look)}`,
        `wrote ${name(file)}`,
      ].join('\n'),
    );
  }
}
