// A real trainer without dependencies: softmax regression on the digits of fixtures/digits/data, with a JSONL log and a
// TensorBoard log. Deterministic: equal data and flags give equal weights.
// node trainer.mjs DATA OUT EPOCHS
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { crc32c, maskedCrc32c } from '../../src/core/records/crc32c.ts';

const CLASSES = 10;
const PIXELS = 64;
const RATE = 0.05;

const { positionals } = parseArgs({ allowPositionals: true, strict: false });
const [data, out, epochs] = positionals;

const rows = readFileSync(path.join(data, 'train.csv'), 'utf8').trim().split('\n').slice(1);
const samples = rows.map((row) => row.split(',').map(Number));
const weights = new Float32Array(PIXELS * CLASSES);
const bias = new Float32Array(CLASSES);

function probabilities(pixels) {
  const scores = Array.from(bias);
  for (let p = 0; p < PIXELS; p++) {
    for (let c = 0; c < CLASSES; c++) scores[c] += (pixels[p + 1] / 16) * weights[p * CLASSES + c];
  }
  const highest = Math.max(...scores);
  const exps = scores.map((score) => Math.exp(score - highest));
  const sum = exps.reduce((a, b) => a + b);
  return exps.map((value) => value / sum);
}

function trainEpoch() {
  let loss = 0;
  for (const sample of samples) {
    const predicted = probabilities(sample);
    loss -= Math.log(predicted[sample[0]]);
    for (let c = 0; c < CLASSES; c++) {
      const error = predicted[c] - (sample[0] === c ? 1 : 0);
      bias[c] -= RATE * error;
      for (let p = 0; p < PIXELS; p++) weights[p * CLASSES + c] -= RATE * error * (sample[p + 1] / 16);
    }
  }
  return loss / samples.length;
}

/** TFRecord around an `Event` with a step and one scalar (docs/formats/trees.md cuts at the same places). */
function event(step, loss) {
  const scalar = Buffer.concat([Buffer.from([0x0a, 4]), Buffer.from('loss'), Buffer.from([0x15]), float(loss)]);
  const summary = Buffer.concat([Buffer.from([0x0a, scalar.length]), scalar]);
  const body = Buffer.concat([Buffer.from([0x10, step, 0x2a, summary.length]), summary]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(body.length));
  return Buffer.concat([length, checksum(length), body, checksum(body)]);
}

function float(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
}

function checksum(bytes) {
  const out = Buffer.alloc(4);
  out.writeUInt32LE(maskedCrc32c(crc32c(bytes)));
  return out;
}

function safetensors(tensors) {
  let offset = 0;
  const header = {};
  for (const [name, { shape, values }] of Object.entries(tensors)) {
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, offset + values.byteLength] };
    offset += values.byteLength;
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, ...Object.values(tensors).map(({ values }) => Buffer.from(values.buffer))]);
}

mkdirSync(out, { recursive: true });
const log = [];
const board = [];
for (let epoch = 1; epoch <= Number(epochs); epoch++) {
  const loss = trainEpoch();
  log.push(`${JSON.stringify({ epoch, loss })}\n`);
  board.push(event(epoch, loss));
  console.log(`epoch ${epoch}: loss ${loss.toFixed(4)}`);
}
writeFileSync(path.join(out, 'train.jsonl'), log.join(''));
writeFileSync(path.join(out, 'events.out.tfevents.1.digits'), Buffer.concat(board));
writeFileSync(path.join(out, 'config.json'), JSON.stringify({ classes: CLASSES, pixels: PIXELS }));
const tensors = { weight: { shape: [PIXELS, CLASSES], values: weights }, bias: { shape: [CLASSES], values: bias } };
writeFileSync(path.join(out, 'model.safetensors'), safetensors(tensors));
console.error('done');
