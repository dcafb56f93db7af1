import { describe, expect, it } from 'vitest';
import {
  buildVsaStatement,
  levelProblem,
  parseVsa,
  VSA_PREDICATE_TYPE,
  type VsaInput,
} from '../../../../src/core/attestation/index.ts';
import { decodeUtf8 } from '../../../../src/core/bytes/index.ts';
import { codeOf, type Place, pointerOf, readStatement, sha256Hex, statementOf, withMember } from '../support.ts';

const DIGEST = sha256Hex('model');
const POLICY = sha256Hex('policy');
const [FIRST = '', SECOND = ''] = [sha256Hex('one'), sha256Hex('two')].toSorted();

const INPUT: VsaInput = {
  name: 'digits',
  digest: { sha256: DIGEST },
  ignored: ['logs'],
  opaque: [],
  verifier: { id: 'https://verify.example/gate', version: { stemma: '1.0.0' } },
  timeVerified: '2026-11-23T12:00:00.000Z',
  resourceUri: 'pkg:generic/digits',
  policy: { uri: 'https://example.com/release', digest: { sha256: POLICY } },
  policySettings: undefined,
  inputs: [SECOND, FIRST, SECOND],
  result: 'PASSED',
  verifiedLevels: ['ACME_B', 'ACME_A', 'ACME_B'],
};

describe('buildVsaStatement', () => {
  it('writes exactly these bytes', () => {
    expect(decodeUtf8(buildVsaStatement(INPUT))).toBe(
      '{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"digits","digest":' +
        `{"sha256":"${DIGEST}"},"annotations":{"ignored":["logs"]}}],"predicateType":"${VSA_PREDICATE_TYPE}",` +
        '"predicate":{"verifier":{"id":"https://verify.example/gate","version":{"stemma":"1.0.0"}},' +
        '"timeVerified":"2026-11-23T12:00:00.000Z","resourceUri":"pkg:generic/digits",' +
        `"policy":{"uri":"https://example.com/release","digest":{"sha256":"${POLICY}"}},` +
        `"inputAttestations":[{"digest":{"dssePaeSha256":"${FIRST}"}},{"digest":{"dssePaeSha256":"${SECOND}"}}],` +
        '"verificationResult":"PASSED","verifiedLevels":["ACME_A","ACME_B"],"slsaVersion":"1.2"}}',
    );
  });

  it('is read back as it was meant', () => {
    expect(parseVsa(readStatement(buildVsaStatement(INPUT)))).toEqual({
      verifier: INPUT.verifier,
      timeVerified: INPUT.timeVerified,
      resourceUri: INPUT.resourceUri,
      policy: INPUT.policy,
      inputAttestations: [FIRST, SECOND].map((pae) => ({ uri: undefined, digest: { dssePaeSha256: pae } })),
      result: 'PASSED',
      verifiedLevels: ['ACME_A', 'ACME_B'],
      dependencyLevels: {},
      slsaVersion: '1.2',
      ignored: ['logs'],
      opaque: [],
    });
  });

  it('gives a summary that failed no level but FAILED, whatever was asked for', () => {
    const failed = buildVsaStatement({ ...INPUT, result: 'FAILED' });

    expect(decodeUtf8(failed)).toContain('"verificationResult":"FAILED","verifiedLevels":["FAILED"],');
    expect(parseVsa(readStatement(failed)).verifiedLevels).toEqual([]);
  });

  it.each<[string, Partial<VsaInput>]>([
    ['a level of SLSA', { verifiedLevels: ['SLSA_BUILD_LEVEL_3'] }],
    ['a level called FAILED', { verifiedLevels: ['FAILED'] }],
    ['a level that is no word', { verifiedLevels: ['level one'] }],
    ['an empty level', { verifiedLevels: [''] }],
    ['a verifier without a scheme', { verifier: { id: 'gate', version: {} } }],
    ['a resource in a file', { resourceUri: 'file:///home/user/model' }],
    ['a resource with a password', { resourceUri: 'https://user:secret@example.com/m' }],
    ['a policy with a query', { policy: { uri: 'https://example.com/p?token=1', digest: undefined } }],
    ['an ignored path that is not canonical', { ignored: ['../x'] }],
  ])('refuses %s', (_, change) => {
    expect(codeOf(() => buildVsaStatement({ ...INPUT, ...change }))).toBe('PREDICATE_INVALID');
  });
});

describe('levelProblem', () => {
  it('has nothing against a level of one’s own', () => {
    expect(levelProblem('ACME_MODEL_L2')).toBeUndefined();
  });

  it.each(['SLSA_', 'SLSA_SOURCE_LEVEL_1', 'STEMMA_LINEAGE_VERIFIED', 'FAILED', 'acme', '_A', 'A-B', 'A'.repeat(129)])(
    'refuses %s',
    (level) => {
      expect(levelProblem(level)).toBeTypeOf('string');
    },
  );
});

describe('parseVsa', () => {
  /** As another verifier writes it: SLSA v1.0, page "Verification Summary Attestation". */
  const FOREIGN = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: 'out.tar', digest: { sha256: DIGEST } }],
    predicateType: VSA_PREDICATE_TYPE,
    predicate: {
      verifier: { id: 'https://example.com/publication_verifier', version: { verifier: '1.2.3' } },
      timeVerified: '1985-04-12T23:20:50.52Z',
      resourceUri: 'example_image:out-1.2.3',
      policy: { uri: 'https://example.com/policy', digest: { sha256: POLICY } },
      inputAttestations: [{ uri: 'https://example.com/p.intoto.jsonl', digest: { sha256: FIRST } }],
      verificationResult: 'PASSED',
      verifiedLevels: ['SLSA_BUILD_LEVEL_3'],
      dependencyLevels: { SLSA_BUILD_LEVEL_2: 7, FAILED: 1 },
      slsaVersion: '1.0',
      acme_notes: { anything: true },
    },
  };
  const read = (place: Place, value: unknown) => () => parseVsa(statementOf(withMember(FOREIGN, place, value)));

  it('reads the summary of another verifier and ignores what it does not know', () => {
    const vsa = parseVsa(statementOf(FOREIGN));

    expect(vsa).toMatchObject({ result: 'PASSED', verifiedLevels: ['SLSA_BUILD_LEVEL_3'], slsaVersion: '1.0' });
    expect(vsa.dependencyLevels).toEqual({ SLSA_BUILD_LEVEL_2: 7, FAILED: 1 });
    expect(vsa.inputAttestations[0]?.uri).toBe('https://example.com/p.intoto.jsonl');
  });

  it('takes what the specification leaves optional as absent', () => {
    const { verifier, resourceUri, policy, verificationResult } = FOREIGN.predicate;
    const least = { verifier: { id: verifier.id }, resourceUri, policy: { uri: policy.uri }, verificationResult };

    expect(parseVsa(statementOf({ ...FOREIGN, predicate: least }))).toMatchObject({
      verifier: { version: {} },
      timeVerified: undefined,
      policy: { digest: undefined },
      inputAttestations: [],
      verifiedLevels: [],
      slsaVersion: undefined,
    });
  });

  it('takes counts as text, as protobuf writes them', () => {
    const counts = read(['predicate', 'dependencyLevels'], { A: '2', B: '0' })().dependencyLevels;

    expect(counts).toEqual({ A: 2, B: 0 });
  });

  it('gives no level of a summary that failed', () => {
    expect(read(['predicate', 'verificationResult'], 'FAILED')().verifiedLevels).toEqual([]);
  });

  it.each<[string, Place, unknown]>([
    ['another predicate type', ['predicateType'], 'https://slsa.dev/verification_summary/v0.2'],
    ['no predicate', ['predicate'], undefined],
    ['no verifier', ['predicate', 'verifier'], undefined],
    ['a verifier without an id', ['predicate', 'verifier', 'id'], undefined],
    ['a verifier whose id is no URI', ['predicate', 'verifier', 'id'], 'somebody'],
    ['a version that is no text', ['predicate', 'verifier', 'version'], { stemma: 1 }],
    ['no resource', ['predicate', 'resourceUri'], undefined],
    ['an empty resource', ['predicate', 'resourceUri'], ''],
    ['no policy', ['predicate', 'policy'], undefined],
    ['a policy without a URI', ['predicate', 'policy', 'uri'], undefined],
    ['no result', ['predicate', 'verificationResult'], undefined],
    ['a result of another word', ['predicate', 'verificationResult'], 'WARNED'],
    ['a result in lower case', ['predicate', 'verificationResult'], 'passed'],
    ['FAILED among the levels of what passed', ['predicate', 'verifiedLevels'], ['A', 'FAILED']],
    ['levels that are no list', ['predicate', 'verifiedLevels'], 'SLSA_BUILD_LEVEL_3'],
    ['a level that is a number', ['predicate', 'verifiedLevels'], [3]],
    ['a flood of levels', ['predicate', 'verifiedLevels'], Array.from({ length: 1001 }, () => 'A')],
    ['a time that is none', ['predicate', 'timeVerified'], 'yesterday'],
    ['a day that does not exist', ['predicate', 'timeVerified'], '2026-13-41T00:00:00Z'],
    ['a time without a zone', ['predicate', 'timeVerified'], '2026-11-23T12:00:00'],
    ['SLSA 2', ['predicate', 'slsaVersion'], '2.0'],
    ['a version that is none', ['predicate', 'slsaVersion'], '1'],
    ['a negative number of dependencies', ['predicate', 'dependencyLevels'], { A: -1 }],
    ['a negative number of dependencies as text', ['predicate', 'dependencyLevels'], { A: '-1' }],
    ['a number of dependencies with a zero before it', ['predicate', 'dependencyLevels'], { A: '07' }],
    ['more dependencies than a number holds', ['predicate', 'dependencyLevels'], { A: '9007199254740993' }],
    ['a number of dependencies that is none', ['predicate', 'dependencyLevels'], { A: '' }],
    ['an ignored path outside', ['subject', 0, 'annotations'], { ignored: ['../x'] }],
  ])('refuses %s', (_, place, value) => {
    expect(codeOf(read(place, value))).toBe('PREDICATE_INVALID');
  });

  it('says where it is wrong', () => {
    expect(pointerOf(read(['predicate', 'policy', 'uri'], 7))).toBe('/predicate/policy/uri');
  });

  it.each<[string, Place, unknown]>([
    ['an input without a digest', ['predicate', 'inputAttestations', 0, 'digest'], {}],
    ['a policy digest that is no hex', ['predicate', 'policy', 'digest'], { sha256: 'xyz' }],
  ])('refuses %s', (_, place, value) => {
    expect(codeOf(read(place, value))).toBe('DIGEST_SET_INVALID');
  });
});
