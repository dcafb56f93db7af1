// Writes schemas/v1/*.schema.json from the zod schemas beside our wire types; with --check fails where a committed file differs.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { approvalPredicateSchema } from '../src/core/attestation/predicates/approval-schema.ts';
import { datasetPredicateSchema } from '../src/core/attestation/predicates/dataset-schema.ts';
import { evaluationPredicateSchema } from '../src/core/attestation/predicates/evaluation-schema.ts';
import { modelPredicateSchema } from '../src/core/attestation/predicates/model-schema.ts';
import { trainingProvenanceSchema } from '../src/core/attestation/predicates/provenance-schema.ts';
import { policySchema } from '../src/core/policy/schema.ts';
import { proofSchema } from '../src/core/proof/proof-schema.ts';
import { reportSchema } from '../src/core/verify/report-schema.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const FOLDER = path.join(ROOT, 'schemas/v1');
const BASE = 'https://w3id.org/stemma/schemas/v1';

/** `name`: the file's, without its ending. */
const SCHEMAS = [
  {
    name: 'approval-predicate',
    title: 'Predicate https://w3id.org/stemma/approval/v1',
    schema: approvalPredicateSchema(),
  },
  {
    name: 'dataset-predicate',
    title: 'Predicate https://w3id.org/stemma/dataset/v1',
    schema: datasetPredicateSchema(),
  },
  { name: 'model-predicate', title: 'Predicate https://w3id.org/stemma/model/v1', schema: modelPredicateSchema() },
  {
    name: 'evaluation-predicate',
    title: 'Predicate https://w3id.org/stemma/evaluation/v1',
    schema: evaluationPredicateSchema(),
  },
  { name: 'policy', title: 'A policy, version 1', schema: policySchema },
  { name: 'proof', title: 'A proof, https://w3id.org/stemma/proof/v1', schema: proofSchema },
  { name: 'report', title: 'The report of a verification, reportVersion 1', schema: reportSchema },
  {
    name: 'training-provenance-predicate',
    title:
      'Predicate https://slsa.dev/provenance/v1 with the build type https://w3id.org/stemma/training/v1, as Stemma writes it',
    schema: trainingProvenanceSchema(),
  },
];

function render({ name, title, schema }) {
  const { $schema, ...rest } = z.toJSONSchema(schema, {
    target: 'draft-2020-12',
    override: ({ jsonSchema }) => {
      // It says something about the TypeScript value, nothing about the document.
      delete jsonSchema.readOnly;
    },
  });
  return `${JSON.stringify({ $schema, $id: `${BASE}/${name}.schema.json`, title, ...rest }, null, 2)}\n`;
}

const check = process.argv.includes('--check');
const stale = [];
mkdirSync(FOLDER, { recursive: true });
for (const entry of SCHEMAS) {
  const file = path.join(FOLDER, `${entry.name}.schema.json`);
  const text = render(entry);
  if (!check) writeFileSync(file, text);
  else if (readCommitted(file) !== text) stale.push(path.relative(ROOT, file));
}
if (stale.length > 0) {
  console.error(`out of date: ${stale.join(', ')}\nrun: npm run schemas`);
  process.exitCode = 1;
}

function readCommitted(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}
