import type { LineageGraph } from '../../src/core/lineage/index.ts';
import type { Report } from '../../src/core/verify/index.ts';

/** Everything in a name that a terminal, a CI log, Markdown, XML or HTML would act on. */
export const HOSTILE =
  '\u001b[2J\u0007\u009b31m\r\n::set-output name=x::y\n::error::z\n##[command]a ##vso[task.x]\u202egpj.exe\u200b\u2066' +
  ' |<script>alert(1)</script>&amp;"\'`code` **bold** [link](http://x) ![i](y) <!-- ]]> --> @team #1 \ud800 \u2028 %0A$(id)';

const DIGEST = 'ab'.repeat(32);

export const HOSTILE_LINEAGE: LineageGraph = {
  nodes: (['model', 'base'] as const).map((role, depth) => ({
    id: `n${depth}`,
    role,
    name: HOSTILE,
    digests: { sha256: DIGEST },
    depth,
    outcome: 'fail',
    message: HOSTILE,
    signers: [HOSTILE],
    licences: [HOSTILE],
    evidence: [DIGEST],
  })),
  edges: [
    {
      child: 'n0',
      parent: 'n1',
      relation: 'finetuned-from',
      evidence: 'declared',
      digests: { sha256: DIGEST },
      statement: DIGEST,
      says: [HOSTILE],
      signer: HOSTILE,
      counts: true,
      outcome: 'fail',
      message: HOSTILE,
    },
    {
      child: 'n1',
      parent: 'n0',
      relation: 'merged-from',
      evidence: 'declared',
      digests: { sha256: DIGEST },
      statement: DIGEST,
      says: [],
      signer: HOSTILE,
      counts: false,
      outcome: 'skip',
      message: HOSTILE,
    },
  ],
};

/** A report in which every untrusted text is hostile. */
export function hostileReport(overrides: Partial<Report> = {}): Report {
  const evidence = { source: HOSTILE, line: 3, predicateType: HOSTILE, signer: HOSTILE };
  return {
    reportVersion: 1,
    tool: { name: 'stemma', version: '0.1.0' },
    time: '2026-01-02T03:04:05Z',
    mode: 'verify',
    subject: { name: HOSTILE, kind: 'folder', files: 2, bytes: 1536, digests: { sha256: DIGEST } },
    result: 'fail',
    verdict: `the model differs from what ${HOSTILE} signed`,
    checks: [
      { id: 'collect.bundles', step: 'collect', title: HOSTILE, outcome: 'pass', required: true, message: HOSTILE },
      {
        id: 'authenticate.signature',
        step: 'authenticate',
        title: 'signature',
        outcome: 'missing',
        required: true,
        message: HOSTILE,
        evidence,
      },
      {
        id: 'match.files',
        step: 'match',
        title: 'files',
        outcome: 'fail',
        required: true,
        message: HOSTILE,
        hint: HOSTILE,
        evidence,
      },
      {
        id: 'content.manifest',
        step: 'content',
        title: 'manifest',
        outcome: 'error',
        errorClass: 'malformed',
        required: true,
        message: HOSTILE,
      },
      { id: 'content.log', step: 'content', title: 'log', outcome: 'unknown', required: false, message: HOSTILE },
      {
        id: 'lineage.base',
        step: 'lineage',
        title: 'base',
        outcome: 'skip',
        required: false,
        message: 'not asked for',
      },
    ],
    changes: [
      { path: HOSTILE, change: 'changed', expected: DIGEST, found: 'cd'.repeat(32), tensors: [HOSTILE, 'layer.0'] },
      { path: 'b.bin', change: 'renamed', from: HOSTILE },
    ],
    signers: [{ name: HOSTILE, trustedAs: HOSTILE, statements: [HOSTILE] }],
    verified: [{ name: 'file tree', value: DIGEST }],
    claimed: [{ name: HOSTILE, value: HOSTILE, by: HOSTILE }],
    policy: {
      file: HOSTILE,
      name: HOSTILE,
      digest: DIGEST,
      signer: HOSTILE,
      expires: HOSTILE,
      requirements: [
        {
          id: HOSTILE,
          outcome: 'fail',
          reason: 'match',
          message: HOSTILE,
          needed: HOSTILE,
          evidence: [
            {
              id: DIGEST,
              source: HOSTILE,
              line: 1,
              predicateType: HOSTILE,
              signers: [HOSTILE],
              outcome: 'fail',
              message: HOSTILE,
            },
          ],
          waivedBy: { reason: HOSTILE, until: HOSTILE },
        },
      ],
    },
    rebuilt: [],
    lineage: HOSTILE_LINEAGE,
    notCovered: [{ path: HOSTILE, because: 'ignored by the signer' }],
    evidence: [{ predicateType: HOSTILE, statements: 1, trusted: 0 }],
    skipped: [HOSTILE],
    warnings: [HOSTILE],
    environment: ['STEMMA_TRUSTED_KEYS'],
    ...overrides,
  };
}
