import type { CheckedProof, ProofReport } from '../../core/proof/index.ts';
import type { ProofsWritten } from '../proof-file.ts';
import { checkLines, SYMBOLS } from './checks.ts';
import { count, cutLines, formatBytes, type Look, name, paint, prose, shortHex } from './text.ts';

/** What a `prove` command wrote, and what comes next. */
export function renderProofsWritten({ file, kind, indexes, tree }: ProofsWritten, look: Look): string {
  const places = cutLines(
    indexes.map((index) => `  ${kind} ${index + 1} of ${tree.size}, index ${index}`),
    'proof',
    look,
  );
  const of = tree.name === '' ? '' : ` of ${name(tree.name)}`;
  return [
    `${paint(look, 'bold', count(indexes.length, 'proof'))}${of}, root ${shortHex(tree.root, look)}, from ${name(tree.source)} line ${tree.line}`,
    ...places,
    `wrote ${name(file)}`,
    'check it with stemma check-proof and the public key',
  ].join('\n');
}

/** Each proof: what it shows, the checks, what it does not show; and last the verdict. */
export function renderProofReport({ proofs, result, verdict }: ProofReport, look: Look): string {
  const shown = look.verbose ? proofs : proofs.slice(0, MAX_SHOWN);
  const more = proofs.length - shown.length;
  const { unicode, tone } =
    SYMBOLS[result === 'pass' ? 'pass' : result === 'fail' ? 'fail' : result === 'incomplete' ? 'missing' : 'error'];
  return [
    ...shown.map((proof) => [...proofLines(proof, proofs.length > 1, look), ''].join('\n')),
    ...(more > 0 ? [`and ${count(more, 'more proof')}; --verbose or --json shows all`, ''] : []),
    paint(look, tone, `${look.unicode ? `${unicode} ` : ''}${result.toUpperCase()}: ${prose(verdict)}`),
  ].join('\n');
}

const MAX_SHOWN = 20;

function proofLines(proof: CheckedProof, isOneOfSeveral: boolean, look: Look): string[] {
  const { kind, index, tree, statement, result, proven, notProven, checks } = proof;
  const of = tree === undefined || tree.name === '' ? '' : ` of ${name(tree.name)}`;
  const what = kind === undefined || index === undefined ? 'a proof' : `${kind}${of}, index ${index}`;
  const title = `${isOneOfSeveral ? `line ${proof.line}: ` : ''}${what}`;
  const by =
    statement === undefined || statement.trustedAs.length === 0
      ? []
      : [
          `  signed by ${statement.trustedAs.map((label) => name(label)).join(', ')}: ${name(statement.predicateType ?? '')}${
            statement.subject === undefined ? '' : ` about ${name(statement.subject)}`
          }`,
        ];
  return [
    paint(look, 'bold', title),
    ...leafLines(proof, look),
    ...by,
    // Of a proof that holds, the steps say no more than the verdict.
    ...(result === 'pass' && !look.verbose ? [] : checkLines(checks, look).map((line) => `  ${line}`)),
    ...(proven === undefined ? [] : [`  shown: ${prose(proven)}`]),
    ...notProven.map((text) => `  not shown: ${prose(text)}`),
  ];
}

/** What stands at that place, or would stand there. */
function leafLines({ leaf }: CheckedProof, look: Look): string[] {
  if (leaf === undefined) return [];
  if ('text' in leaf) return [`  ${name(leaf.text.replace(/\r?\n$/, ''))}`];
  if ('base64' in leaf) return [`  bytes ${name(leaf.base64, 60)}`];
  if ('path' in leaf) {
    return [
      `  ${leaf.path === '' ? 'the file' : name(leaf.path)}  ${formatBytes(leaf.size)}  sha256 ${shortHex(leaf.sha256, look)}`,
    ];
  }
  const type = `${name(leaf.dtype)} [${leaf.shape.slice(0, 16).join(', ')}]`;
  return [`  ${name(leaf.name)}  ${type}  ${formatBytes(leaf.length)}  chunk root ${shortHex(leaf.root, look)}`];
}
