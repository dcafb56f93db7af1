import { string as stringArgument } from '@oclif/core/args';
import { string } from '@oclif/core/flags';
import { BaseCommand, EXIT, repeatable, withEnvironment } from '../../cli/index.ts';
import { parseTime } from '../../cli/inputs.ts';
import { readPolicy } from '../../cli/policy-flags.ts';
import { type CheckedPolicy, renderPolicyCheck } from '../../cli/render/policy-check.ts';
import { lintPolicy } from '../../core/policy/index.ts';

export class PolicyCheck extends BaseCommand {
  static override summary = 'check a policy, and say what is odd in it';
  static override description =
    'Reads a policy with the keys that it names, as verify --policy does, and looks for what nobody could meet or nobody meant: rules ' +
    'that contradict themselves, signers that are revoked, names that nothing uses, an expiry that is near. Exit code 1 means that ' +
    'the policy can never pass as it is; advice alone exits 0.';
  static override examples = [
    {
      description: 'check a policy while writing it',
      command: '<%= config.bin %> <%= command.id %> release.policy.yaml',
    },
    {
      description: 'in CI, whenever the policy changes',
      command: '<%= config.bin %> <%= command.id %> release.policy.yaml --json',
    },
  ];
  static override args = { file: stringArgument({ description: 'policy, signed or not', required: true }) };
  static override flags = withEnvironment({
    'policy-key': repeatable({
      summary: 'the policy must be signed by this key (PEM)',
      helpValue: 'PUB',
      helpGroup: 'TRUST',
    }),
    time: string({ summary: 'judge expiry as of this time', helpValue: 'TIME', helpGroup: 'TRUST' }),
  });

  async run(): Promise<object> {
    const { args, flags } = await this.parse(PolicyCheck);
    const at = flags.time === undefined ? new Date() : parseTime(flags.time);
    const policy = await readPolicy(args.file, flags['policy-key'], (message) => this.warn(message));
    const { bound, file, digest, signer } = policy;
    const { name, expires, requirements } = bound.document;
    const findings = lintPolicy(bound, at);
    const result: CheckedPolicy = {
      file,
      ...(name === undefined ? {} : { name }),
      digest,
      ...(signer === undefined ? {} : { signer }),
      expires,
      requirements: requirements.length,
      findings,
    };
    const exitCode = findings.some(({ level }) => level === 'problem') ? EXIT.negative : EXIT.done;
    return this.finish(result, exitCode, (look) => renderPolicyCheck(result, look));
  }
}
