import { writeFileSync } from 'node:fs';
import { type AttackCase, describeAttacks } from './support/cases.ts';
import { signatureText, signedChange, signedText } from './support/edits.ts';
import { TRAINER, trainer } from './support/keys.ts';
import { MODEL_LINE, PROVENANCE_LINE } from './support/scene.ts';
import { resign } from './support/signed.ts';

const DIGESTS: readonly (readonly [string, (hex: string) => string])[] = [
  ['too short', (hex) => hex.slice(2)],
  ['too long', (hex) => `${hex}00`],
  ['of odd length', (hex) => hex.slice(1)],
  ['in upper case', (hex) => hex.toUpperCase().replace(/^[0-9]/, 'A')],
  ['with a prefix', (hex) => `sha256:${hex}`],
  ['empty', () => ''],
];

const digests: AttackCase[] = [
  ...DIGESTS.map(
    ([what, edit]): AttackCase => ({
      row: 12,
      title: `a digest ${what}`,
      build: signedChange(({ subject: [subject] }) => {
        if (subject !== undefined) subject.digest['sha256'] = edit(subject.digest['sha256'] ?? '');
      }),
      exit: 4,
    }),
  ),
  {
    row: 12,
    title: 'no digest at all',
    build: signedChange(({ subject: [subject] }) => void (subject !== undefined && (subject.digest = {}))),
    exit: 4,
  },
  ...(['md5', 'sha1', 'stemmaFileTreeV9'] as const).map(
    (algorithm): AttackCase => ({
      row: 13,
      title: `provenance whose subject has only ${algorithm}`,
      build: async (scene) => {
        const line = await resign(scene.line(PROVENANCE_LINE), trainer, ({ subject: [subject] }) => {
          if (subject !== undefined) subject.digest = { [algorithm]: 'ab'.repeat(16) };
        });
        scene.lines = [scene.line(MODEL_LINE), line];
        return ['--key', TRAINER, '--require', 'provenance'];
      },
      exit: 3,
      check: 'policy.require',
      outcome: 'unknown',
      says: /no digest in common/,
    }),
  ),
  {
    row: 13,
    title: 'a model statement whose subject has only md5: our format backs each root by a digest',
    build: signedChange(
      ({ subject: [subject] }) => void (subject !== undefined && (subject.digest = { md5: 'ab'.repeat(16) })),
    ),
    exit: 4,
  },
];

const WRONG_TYPES: readonly (readonly [string, RegExp, (predicate: Record<string, unknown>) => void])[] = [
  ['an array for a tree', /\/predicate\/fileTree/, (predicate) => void (predicate['fileTree'] = [])],
  ['a string for a count', /\/predicate\/files/, (predicate) => void (predicate['files'] = '3')],
  ['a number for a kind', /\/predicate\/kind/, (predicate) => void (predicate['kind'] = 1)],
  ['an object for a list', /\/predicate\/tensorSets/, (predicate) => void (predicate['tensorSets'] = {})],
  ['null for a manifest', /\/predicate\/manifest/, (predicate) => void (predicate['manifest'] = null)],
  ['a string for a flag', /\/predicate\/allowSymlinks/, (predicate) => void (predicate['allowSymlinks'] = 'true')],
];

const wrongTypes: AttackCase[] = [
  ...WRONG_TYPES.map(
    ([what, says, change]): AttackCase => ({
      row: 14,
      title: `${what} in a model statement`,
      build: signedChange(({ predicate }) => change(predicate)),
      exit: 4,
      says,
    }),
  ),
  {
    row: 14,
    title: 'an array for the predicate',
    build: signedChange((statement) => void Object.assign(statement, { predicate: [] })),
    exit: 4,
    says: /predicate/,
  },
  {
    row: 14,
    title: 'a string for the resources of an OMS statement',
    build: async (scene) => {
      const line = await resign(
        signatureText(scene),
        trainer,
        ({ predicate }) => void (predicate['resources'] = 'all'),
      );
      scene.onlySignature(line);
    },
    exit: 4,
    says: /\/predicate\/resources/,
  },
  {
    row: 14,
    title: 'a number for the subjects',
    build: signedText((text) => text.replace(/"subject":\[.*?\}\]/, '"subject":1')),
    exit: 4,
    says: /\/subject/,
  },
  {
    row: 14,
    title: 'an empty file for model.sig',
    build: (scene) => {
      scene.onlySignature('');
      writeFileSync(scene.in('model.sig'), '');
    },
    exit: 4,
  },
];

describeAttacks('digests and predicates', [...digests, ...wrongTypes]);
