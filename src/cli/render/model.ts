import { formatDigestSet } from '../../core/digest/index.ts';
import type { ModelInspection, ModelSummary } from '../../core/model/index.ts';
import { count, formatBytes, type Look, name, paint, prose } from './text.ts';

/** The digest set alone on one line, so that it can be given to a flag; more with `--verbose`. */
export function renderDigest(summary: ModelSummary, look: Look): string {
  const line = formatDigestSet(summary.digests);
  if (!look.verbose) return line;
  const tree = (title: string, { hash, size, root }: { hash: string; size: number; root: string }): string =>
    `${title}: ${count(size, 'leaf').replace('leafs', 'leaves')}, ${hash}, ${root}`;
  return [
    line,
    `${summary.kind}, ${count(summary.files, 'file')}, ${formatBytes(summary.bytes)}`,
    tree('file tree', summary.fileTree),
    ...(summary.segmentTree === undefined ? [] : [tree('segment tree', summary.segmentTree)]),
    ...summary.tensorSets.map((set) => tree(`tensor set ${set.path === '' ? 'of the file' : name(set.path)}`, set)),
    ...(summary.pythonSha256 === undefined
      ? []
      : [`OMS root in the order of model_signing (Python): ${summary.pythonSha256}`]),
  ].join('\n');
}

const MAX_DTYPES = 8;

export function renderInspection(inspection: ModelInspection, look: Look): string {
  const { tensorSets, findings, problems } = inspection;
  const title = `${paint(look, 'bold', name(inspection.name))}  ${inspection.kind}, ${count(inspection.files, 'file')}, ${formatBytes(inspection.bytes)}`;
  const sets = tensorSets.flatMap((set) => [
    `${set.path === '' ? 'the file' : name(set.path)}  ${set.format}, ${count(set.tensors, 'tensor')}, ${count(set.parameters, 'parameter')}, ${count(set.files.length, 'file')}`,
    ...set.dtypes
      .slice(0, look.verbose ? undefined : MAX_DTYPES)
      .map(
        ({ dtype, tensors, parameters, bytes }) =>
          `  ${name(dtype)}  ${count(tensors, 'tensor')}, ${count(parameters, 'parameter')}, ${formatBytes(bytes)}`,
      ),
  ]);
  return [
    title,
    ...section('Tensor sets', sets, look),
    ...section(
      'Findings',
      findings.map(({ path, kind, message }) => `${paint(look, 'warn', kind)}  ${name(path)}: ${prose(message)}`),
      look,
    ),
    ...section(
      'attest would refuse',
      problems.map(({ path, code, message }) => `${paint(look, 'bad', code)}  ${name(path)}: ${prose(message)}`),
      look,
    ),
    ...section(
      'Warnings',
      inspection.warnings.map((warning) => prose(warning)),
      look,
    ),
  ].join('\n');
}

const section = (title: string, lines: readonly string[], look: Look): string[] =>
  lines.length === 0 ? [] : ['', paint(look, 'bold', title), ...lines.map((line) => `  ${line}`)];
