import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { venv } from '../support/install.mjs';
import { mustRun } from '../support/process.mjs';
import { FIXTURES, opensslKey, stemma, stemmaResult } from '../support/stemma.mjs';

export const title = 'scikit-learn and fairlearn compute the metrics that stemma evaluate signs, overall and by slice';

const DIGITS = path.join(FIXTURES, 'digits');
/** Sums in another order, and a trapezoid in place of counted pairs. */
const TOLERANCE = 1e-12;

export function run(t) {
  const python = path.join(venv('evaluation', path.join(import.meta.dirname, 'requirements.txt')), 'python');
  const script = (name) => path.join(import.meta.dirname, name);
  const { key, pub } = opensslKey(t.temp, 'qa', 'P-256');
  const model = path.join(t.temp, 'finetuned');
  cpSync(path.join(DIGITS, 'finetuned'), model, { recursive: true });
  stemmaResult(['sign', model, '--key', key]);

  const digits = mustRun(python, ['-B', script('predict.py'), DIGITS]);
  for (const { name, text, spec } of [...cases(), ...realCases(digits)]) {
    const file = path.join(t.temp, `${name}.jsonl`);
    writeFileSync(file, text);
    const expected = JSON.parse(mustRun(python, ['-B', script('reference.py'), JSON.stringify(spec)], { input: text }));
    const result = stemmaResult(['evaluate', model, '--key', key, '--predictions', file, ...flags(spec)]);
    compare(t, name, result, expected);
    const verified = stemma(['verify', model, '--key', pub, '--predictions', file, '--require', 'evaluation']);
    t.exits(verified, 0, `${name}: stemma verify computes the same once more`);
    const edited = readFileSync(file, 'utf8').replace('"y":', '"y": ');
    writeFileSync(file, edited);
    t.exits(stemma(['verify', model, '--key', pub, '--predictions', file]), 1, `${name}: a byte more is another file`);
  }
}

const flags = ({ columns, metrics, positive, slices }) => [
  '--label',
  columns.label,
  '--metric',
  metrics.join(','),
  ...(columns.prediction === undefined ? [] : ['--pred', columns.prediction]),
  ...(columns.score === undefined ? [] : ['--score', columns.score]),
  ...(positive === undefined ? [] : ['--positive', positive]),
  ...(slices.length === 0 ? [] : ['--slice', slices.join(',')]),
];

function compare(t, name, { metrics, predictions }, expected) {
  const near = (found, wanted, what) =>
    t.ok(
      Math.abs(found - wanted) <= TOLERANCE * Math.max(1, Math.abs(wanted)),
      `${name}: ${what} ${found}`,
      `expected ${wanted}, found ${found}`,
    );
  for (const { name: metric, value } of metrics) near(value, expected.metrics[metric], metric);
  for (const { column, groups, gaps } of predictions.slices) {
    const reference = expected.slices[column];
    t.equal(
      groups.map(({ value }) => String(value)).toSorted(),
      Object.keys(reference.groups).toSorted(),
      `${name}: the groups of ${column}`,
    );
    for (const { value, rows, small, metrics: own } of groups) {
      const group = reference.groups[value];
      t.equal([rows, small ?? false], [group.rows, group.rows < 30], `${name}: ${column}=${value} has ${rows} rows`);
      for (const { name: metric, value: number } of own) near(number, group[metric], `${column}=${value} ${metric}`);
    }
    for (const { name: metric, value } of gaps) near(value, reference.gaps[metric], `gap over ${column} in ${metric}`);
  }
}

/** The fine-tune's own predictions of 540 real digits. */
function realCases(text) {
  const metrics = ['accuracy', 'precision', 'recall', 'f1'];
  const columns = { label: 'y', prediction: 'y_hat' };
  return [
    { name: 'digits', text, spec: { columns, metrics, slices: ['ink'] } },
    {
      name: 'digits-three',
      text,
      spec: { columns: { ...columns, score: 'three' }, metrics: [...metrics, 'auc'], positive: '3', slices: ['ink'] },
    },
  ];
}

/** Made up, always the same: unbalanced classes, ties, a class that is only predicted, slices of very different sizes. */
function cases() {
  const random = generator(20_251_123);
  const pick = (list) => list[Math.floor(random() * list.length)];
  const slice = () => ({
    sex: pick(['f', 'm', 'm']),
    age_band: random() < 0.02 ? '80+' : pick(['<30', '30-59', '60-79']),
  });
  const lines = (rows, make) => Array.from({ length: rows }, () => `${JSON.stringify(make())}\n`).join('');
  const classes = ['accuracy', 'precision', 'recall', 'f1'];
  const slices = ['sex', 'age_band'];
  const columns = { label: 'y', prediction: 'y_hat' };
  return [
    {
      name: 'binary',
      text: lines(1000, () => {
        const y = random() < 0.2 ? 1 : 0;
        const score = Math.round((0.6 * random() + 0.3 * y) * 50) / 50;
        return { y, y_hat: score > 0.5 ? 1 : 0, score, ...slice() };
      }),
      spec: { columns: { ...columns, score: 'score' }, metrics: [...classes, 'auc'], positive: '1', slices },
    },
    {
      name: 'classes',
      text: lines(700, () => {
        const y = pick(['ant', 'bee', 'bee', 'bee', 'cow']);
        return { y, y_hat: random() < 0.7 ? y : pick(['ant', 'bee', 'cow', 'dog', 'Ähre']), ...slice() };
      }),
      spec: { columns, metrics: classes, slices },
    },
    {
      name: 'regression',
      text: lines(900, () => {
        const y = 100 * random();
        return { y, y_hat: y + random() - 0.5, ...slice() };
      }),
      spec: { columns, metrics: ['rmse'], slices },
    },
  ];
}

/** Marsaglia's xorshift32: numbers in [0, 1) that are the same everywhere. */
function generator(seed) {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
