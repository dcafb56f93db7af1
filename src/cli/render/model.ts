import { formatDigestSet } from '../../core/digest/index.ts';
import type { ModelInspection, ModelSummary, TensorSetSummary, TreeRoot } from '../../core/model/index.ts';
import { count, cutLines, formatBytes, type Look, name, paint, pathText, prose } from './text.ts';

/** The digest set alone on one line, so that it can be given to a flag; more with `--verbose`. */
export function renderDigest(summary: ModelSummary, look: Look): string {
  const line = formatDigestSet(summary.digests);
  if (!look.verbose) return line;
  const tree = (title: string, { hash, size, root }: TreeRoot): string =>
    `${title}: ${size} ${size === 1 ? 'leaf' : 'leaves'}, ${hash}, ${root}`;
  return [
    line,
    `${summary.kind}, ${count(summary.files, 'file')}, ${formatBytes(summary.bytes)}`,
    tree('file tree', summary.fileTree),
    tree('segment tree', summary.segmentTree),
    ...summary.tensorSets.map((set) => tree(`tensor set of ${pathText(set.path)}`, set)),
  ].join('\n');
}

const MAX_DTYPES = 8;

/** What a model is made of, what to look at before loading it, and why `attest` would refuse it. */
export function renderInspection(inspection: ModelInspection, look: Look): string {
  const { kind, files, bytes, tensorSets, findings, problems, warnings } = inspection;
  const section = (title: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : ['', paint(look, 'bold', title), ...lines.map((line) => `  ${line}`)];
  const found = findings.map((finding) => `${paint(look, 'warn', finding.kind)}  ${located(finding)}`);
  const refused = problems.map((problem) => `${paint(look, 'bad', problem.code)}  ${located(problem)}`);
  return [
    `${paint(look, 'bold', name(inspection.name))}  ${kind}, ${count(files, 'file')}, ${formatBytes(bytes)}`,
    ...section(
      'Tensor sets',
      tensorSets.flatMap((set) => setLines(set, look)),
    ),
    ...section('Findings', cutLines(found, 'finding', look)),
    ...section('attest would refuse', cutLines(refused, 'reason', look)),
    ...section(
      'Warnings',
      cutLines(
        warnings.map((warning) => prose(warning)),
        'warning',
        look,
      ),
    ),
  ].join('\n');
}

function setLines(set: TensorSetSummary, look: Look): string[] {
  const dtypes = set.dtypes.map(
    ({ dtype, tensors, parameters, bytes }) =>
      `  ${name(dtype)}  ${count(tensors, 'tensor')}, ${count(parameters, 'parameter')}, ${formatBytes(bytes)}`,
  );
  const facts = [count(set.tensors, 'tensor'), count(set.parameters, 'parameter'), count(set.files.length, 'file')];
  return [
    `${pathText(set.path)}  ${[set.format, ...facts].join(', ')}`,
    ...cutLines(dtypes, 'data type', look, MAX_DTYPES),
  ];
}

/** A message and the file that it is about, unless that is the model itself. */
function located({ path, message }: { readonly path: string; readonly message: string }): string {
  return path === '' ? prose(message) : `${name(path)}: ${prose(message)}`;
}
