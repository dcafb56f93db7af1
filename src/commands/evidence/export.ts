import path from 'node:path';
import { boolean, string } from '@oclif/core/flags';
import { encryptToFlag, readRecipients } from '../../cli/age-keys.ts';
import { BaseCommand, modelArgument, repeatable, withEnvironment } from '../../cli/index.ts';
import { renderExportedEvidence } from '../../cli/render/evidence.ts';
import { depthFlag } from '../../cli/store-flags.ts';
import { requireFree } from '../../cli/store-lines.ts';
import { type ExportEvidenceOptions, exportEvidence } from '../../core/attest/index.ts';

export class EvidenceExport extends BaseCommand {
  static override summary = 'put all evidence about a model into one file';
  static override description =
    "Writes an evidence pack: a CAR with the model's attestations, manifest and signature, those of the parents that are named, what a " +
    'store holds, and further files. stemma verify --evidence needs no other evidence, and ipfs dag import takes it as it is. Weights ' +
    'are not in it. Nothing is judged here: parents about which nothing was found are named, and whom to trust is for the auditor to say.';
  static override examples = [
    {
      description: 'for an auditor, with the evidence of the base model',
      command: '<%= config.bin %> <%= command.id %> ./model --parent ./base -o evidence.car',
    },
    {
      description: 'for one reader alone',
      command:
        '<%= config.bin %> <%= command.id %> ./model --encrypt-to age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj -o evidence.car.age',
    },
    {
      description: 'in CI, from the store of the release, for the archive',
      command: '<%= config.bin %> <%= command.id %> out/model --store store -o out/evidence.car --force --json',
    },
  ];
  static override args = { model: modelArgument() };
  static override flags = withEnvironment({
    output: string({ char: 'o', summary: 'pack to write', helpValue: 'FILE', required: true }),
    force: boolean({ summary: 'replace a file that is there' }),
    parent: repeatable({
      summary: 'parent whose evidence lies with it: base model or dataset',
      helpValue: 'PATH',
      helpGroup: 'EVIDENCE',
    }),
    store: string({ summary: 'store to take statements from', helpValue: 'DIR', helpGroup: 'EVIDENCE' }),
    'max-depth': depthFlag(),
    attestations: repeatable({ summary: 'more attestations', helpValue: 'FILE', helpGroup: 'EVIDENCE' }),
    proof: repeatable({ summary: 'proofs of records, files or tensors', helpValue: 'FILE', helpGroup: 'EVIDENCE' }),
    checkpoints: repeatable({ summary: 'checkpoints of its logs', helpValue: 'FILE', helpGroup: 'EVIDENCE' }),
    transcript: repeatable({ summary: 'transcript of its checkpoints', helpValue: 'FILE', helpGroup: 'EVIDENCE' }),
    predictions: repeatable({
      summary: 'predictions that its evaluations were computed from',
      helpValue: 'FILE',
      helpGroup: 'EVIDENCE',
    }),
    'encrypt-to': encryptToFlag(),
  });

  async run(): Promise<object> {
    const { args, flags } = await this.parse(EvidenceExport);
    const { output } = flags;
    requireFree(output, flags.force);
    const recipients = await readRecipients(flags['encrypt-to']);
    const files = (role: ExportEvidenceOptions['named'][number]['role'], list: readonly string[] | undefined) =>
      (list ?? []).map((file) => ({ role, file }));
    const exported = await exportEvidence({
      ...this.work,
      model: args.model,
      parents: flags.parent ?? [],
      maxDepth: flags['max-depth'],
      ...(flags.store === undefined ? {} : { store: flags.store }),
      named: [
        ...files('attestations', flags.attestations),
        ...files('proof', flags.proof),
        ...files('checkpoints', flags.checkpoints),
        ...files('transcript', flags.transcript),
        ...files('predictions', flags.predictions),
      ],
    });
    const { carLength, formatCid, writeDag } = await import('../../core/ipfs/index.ts');
    await writeDag(output, exported.dag, { ...this.work, recipients });
    const result = {
      file: path.basename(output),
      root: formatCid(exported.dag.root),
      bytes: carLength(exported.dag),
      blocks: exported.dag.blockCount,
      name: exported.name,
      files: exported.paths,
      missing: exported.missing,
      encryptedTo: recipients?.count ?? 0,
    };
    return this.finish(result, 0, (look) => renderExportedEvidence(result, look));
  }
}
