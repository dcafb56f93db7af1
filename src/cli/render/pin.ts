import type { Disclosure, PinCheck, Pinnable, PinReport } from '../../core/ipfs/index.ts';
import { count, cutLines, formatBytes, type Look, name, paint, prose, type Tone } from './text.ts';

const TONES: Readonly<Record<PinCheck['outcome'], Tone>> = {
  pass: 'good',
  fail: 'bad',
  missing: 'warn',
  skip: 'dim',
  error: 'bad',
};

const VERDICTS: Readonly<Record<PinReport['result'], readonly [Tone, string]>> = {
  pass: ['good', 'pinned'],
  fail: ['bad', 'CONTRADICTED'],
  incomplete: ['warn', 'not enough'],
  unavailable: ['bad', 'not decided'],
};

/** Where it is pinned, and by what that is known. */
export function renderPin(report: PinReport, what: string, look: Look): string {
  const [tone, verdict] = VERDICTS[report.result];
  const size = report.blocks === undefined ? '' : `, ${sizeOf({ blocks: report.blocks, bytes: report.bytes ?? 0 })}`;
  return [
    `ipfs://${report.cid}`,
    `${what}${size}`,
    ...report.targets.flatMap(({ target, checks, holders }) => [
      paint(look, 'bold', name(target)),
      ...checks.map((check) => checkLine(check, look)),
      ...cutLines(
        holders.map(
          ({ peer, state, detail }) => `    ${name(peer)} ${state}${detail === undefined ? '' : ` (${prose(detail)})`}`,
        ),
        'holder',
        look,
      ),
    ]),
    `${paint(look, tone, verdict)}: held by ${report.held} of ${report.required} needed`,
  ].join('\n');
}

function checkLine({ id, outcome, message, hint }: PinCheck, look: Look): string {
  const advice = hint === undefined ? '' : ` (${prose(hint)})`;
  return `  ${paint(look, TONES[outcome], outcome.padEnd(7))} ${id}: ${prose(message)}${advice}`;
}

const sizeOf = ({ blocks, bytes }: { readonly blocks: number; readonly bytes: number }): string =>
  `${formatBytes(bytes)} in ${count(blocks, 'block')}`;

/** What pinning would cost and tell, for people; nothing in it is cut with `--verbose`. */
export function renderCost({ what, dag, disclosure }: Pinnable, look: Look): string {
  return [
    `${what === 'release' ? 'weights and evidence' : 'the evidence'}: ${sizeOf({ blocks: dag.blockCount, bytes: dag.blockBytes })}`,
    renderDisclosure(disclosure, look),
  ].join('\n');
}

/** What becomes public. */
export function renderDisclosure(disclosure: Disclosure, look: Look): string {
  const { statements, unread, values, names, unlisted, manifest } = disclosure;
  const told = values.map(({ place, value }) => `  ${name(place)} = ${name(value)}`);
  const named = names.map((text) => `  ${name(text)}`);
  return [
    `${paint(look, 'bold', 'This becomes public')}: ${count(statements, 'statement')}${unread === 0 ? '' : `, and ${count(unread, 'line')} that no statement was found in`}`,
    ...(told.length === 0 ? [] : ['parameters, arguments and environment:', ...cutLines(told, 'value', look)]),
    ...(named.length === 0 ? [] : ['names:', ...cutLines(named, 'name', look)]),
    ...(unlisted === 0 ? [] : [`and ${count(unlisted, 'value')} or names more, past what is listed at most`]),
    ...(manifest ? ['the manifest: the name of every file and tensor of the model'] : []),
  ].join('\n');
}

/** What everybody sees of an encrypted pin. */
export function renderSealed(
  dag: Pick<Pinnable['dag'], 'blockCount' | 'blockBytes'>,
  recipients: number,
  look: Look,
): string {
  const size = sizeOf({ blocks: dag.blockCount, bytes: dag.blockBytes });
  return paint(
    look,
    'bold',
    `encrypted to ${count(recipients, 'recipient')}: everybody can see that it is ${size}, and nothing else`,
  );
}
