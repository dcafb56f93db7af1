import { buildProvenanceStatement } from '../../../src/core/attestation/index.ts';
import type { DigestSet } from '../../../src/core/digest/index.ts';
import type { Signer } from '../../../src/core/keys/index.ts';
import { sign } from './signed.ts';

/** A signed provenance that says of `subject` that it was fine-tuned from `parent`. */
export function provenanceLine(subject: DigestSet, parent: DigestSet, signer: Signer): Promise<string> {
  const payload = buildProvenanceStatement({
    name: 'claimed',
    digest: subject,
    ignored: [],
    opaque: [],
    parameters: {},
    config: [],
    links: [
      {
        role: 'base-model',
        relation: 'finetuned-from',
        name: undefined,
        uri: undefined,
        digest: parent,
        evidence: 'declared',
        ignored: [],
        opaque: [],
        share: undefined,
      },
    ],
    sources: [],
    environment: [],
    logs: [],
    builder: { id: 'https://w3id.org/stemma/builder/local' },
  });
  return sign(payload, signer);
}
