import { parseBaseReference } from '../../src/core/attest/index.ts';
import { type AttackCase, describeAttacks } from './support/cases.ts';
import { family, MODEL, ownLine, PROVENANCE, setOf, strip } from './support/family.ts';
import { trainer } from './support/keys.ts';
import { draft, lineageDraft, policyArguments } from './support/policy.ts';
import { provenanceLine } from './support/provenance.ts';
import { attest, type Scene } from './support/scene.ts';
import { statementOf } from './support/signed.ts';

/** Every line about the base in what came with the child. */
const aboutBase = (scene: Scene, base: string): readonly string[] => {
  const { sha256 } = setOf(ownLine(base, MODEL));
  return scene.lines.filter((line) => statementOf(line).subject[0]?.digest['sha256'] === sha256);
};

const own = (scene: Scene): Record<string, string> => setOf(ownLine(scene.model, MODEL));

/** Attests the fine-tune of a base, spoils it, and asks for its ancestors. */
const descent = (
  title: string,
  spoil: (scene: Scene, base: string) => Promise<void> | void,
  more: Omit<AttackCase, 'row' | 'title' | 'build'> & { readonly rules?: Parameters<typeof lineageDraft>[0] },
): AttackCase => ({
  row: '13.4 lineage',
  title,
  build: async (scene) => {
    const base = await family(scene);
    await spoil(scene, base);
    return policyArguments(scene, lineageDraft(more.rules));
  },
  check: 'policy.lineage-parents',
  ...more,
});

const cases: AttackCase[] = [
  descent('parent that is what its signer says', () => undefined, { exit: 0 }),
  descent(
    'self-parent',
    async (scene) => {
      scene.lines = [...scene.lines, await provenanceLine(own(scene), own(scene), trainer)];
    },
    { exit: 1, outcome: 'fail', says: /said to be its own parent/ },
  ),
  descent(
    'cycle',
    async (scene, base) => {
      const line = await provenanceLine(setOf(ownLine(base, MODEL)), own(scene), trainer);
      scene.lines = [...scene.lines, line];
    },
    { exit: 1, outcome: 'fail', says: /a cycle/ },
  ),
  {
    row: '13.4 lineage',
    title: 'diamond',
    build: async (scene) => {
      const grand = scene.other('resharded', 'grand');
      await attest(grand);
      const bases = ['base', 'fp16'].map((name) => scene.other(name, name));
      for (const base of bases) await attest(base, { base: grand });
      await scene.attestAnew({ bases: bases.map((base) => parseBaseReference(`merged-from=${base}`)) });
      return policyArguments(scene, lineageDraft({ origins: {} }));
    },
    exit: 0,
    check: 'policy.lineage-parents',
    says: /3 ancestors verified/,
  },
  descent(
    'missing parent',
    (scene, base) => {
      const lines = aboutBase(scene, base);
      scene.lines = scene.lines.filter((line) => !lines.includes(line));
    },
    { exit: 3, outcome: 'missing', says: /no statement about it was found|no statement/ },
  ),
  descent(
    'parent signature bad',
    (scene, base) => {
      const lines = aboutBase(scene, base);
      scene.lines = scene.lines.map((line) => (lines.includes(line) ? spoilt(line) : line));
    },
    { exit: 3, outcome: 'missing', says: /does not verify/ },
  ),
  descent('relation disallowed', () => undefined, {
    rules: { allow: { relations: ['quantized-from'] } },
    exit: 1,
    check: 'policy.lineage-relations',
    outcome: 'fail',
  }),
  {
    row: '13.4 lineage',
    title: 'depth bound',
    build: async (scene) => {
      const grand = scene.other('fp16', 'grand');
      const base = scene.other('base', 'base');
      await attest(grand);
      await attest(base, { base: grand });
      await scene.attestAnew({ base });
      return policyArguments(scene, lineageDraft({ maxDepth: 1 }));
    },
    exit: 1,
    check: 'policy.lineage-depth',
    says: /is 2 links away/,
  },
  {
    row: '13.4 lineage',
    title: 'revoked ancestor',
    build: async (scene) => {
      const base = await family(scene);
      const denyDigests = [{ digest: setOf(ownLine(base, MODEL)), reason: 'poisoned' }];
      return policyArguments(scene, lineageDraft({ denyDigests }));
    },
    exit: 1,
    check: 'policy.lineage-parents',
    says: /poisoned/,
  },
  {
    row: '13.4 lineage',
    title: 'card that names another base than the signed link',
    build: async (scene) => {
      scene.write('README.md', '---\nbase_model: org/another\n---\n');
      await family(scene);
      return policyArguments(scene, draft());
    },
    exit: 0,
    check: 'lineage.card',
    outcome: 'fail',
    says: /another/,
  },
  descent(
    'provenance of the parent taken out',
    (scene, base) => strip(scene, PROVENANCE, setOf(ownLine(base, MODEL))),
    { rules: { origins: {} }, exit: 3, check: 'policy.lineage-origins', outcome: 'missing', says: /origin unstated/ },
  ),
];

/** The last digit of the signature is another one. */
function spoilt(line: string): string {
  const bundle = JSON.parse(line) as { dsseEnvelope: { signatures: { sig: string }[] } };
  for (const signature of bundle.dsseEnvelope.signatures) {
    const bytes = Buffer.from(signature.sig, 'base64');
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
    signature.sig = bytes.toString('base64');
  }
  return JSON.stringify(bundle);
}

describeAttacks('a lineage', cases);
