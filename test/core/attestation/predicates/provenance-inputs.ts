import type { Link, ProvenanceInput } from '../../../../src/core/attestation/index.ts';
import { sha256Hex } from '../support.ts';

export const digest = (name: string) => ({ sha256: sha256Hex(name), stemmaFileTreeV1: sha256Hex(`tree ${name}`) });
export const BASE: Link = {
  role: 'base-model',
  relation: 'finetuned-from',
  name: 'base',
  uri: 'pkg:huggingface/org/base@0123',
  digest: digest('base'),
  evidence: 'observed',
  ignored: ['logs'],
  opaque: [],
  share: 250_000,
};
const DATASET: Link = {
  role: 'dataset',
  relation: 'trained-on',
  name: undefined,
  uri: undefined,
  digest: { stemmaSaltedTreeV1: sha256Hex('salted') },
  evidence: 'declared',
  ignored: [],
  opaque: [],
  share: undefined,
};
export const INPUT: ProvenanceInput = {
  name: 'digits',
  digest: digest('digits'),
  ignored: ['tmp'],
  opaque: ['odd.gguf'],
  parameters: { lr: '0.01', epochs: '3' },
  config: [{ name: 'config.yaml', uri: undefined, digest: { sha256: sha256Hex('config') } }],
  links: [BASE, DATASET],
  sources: [
    {
      name: undefined,
      uri: 'git+https://example.com/org/repo',
      digest: { gitCommit: 'ab'.repeat(20) },
      evidence: 'observed',
      workingTree: 'modified',
    },
  ],
  environment: [
    { name: 'requirements.txt', uri: undefined, digest: { sha256: sha256Hex('env') }, evidence: 'observed' },
  ],
  logs: [
    {
      name: 'train.jsonl',
      digest: { sha256: sha256Hex('log'), stemmaLogTreeV1: sha256Hex('logtree') },
      size: 12,
      records: 'lf',
      truncated: false,
    },
    {
      name: 'events.out.tfevents.1',
      digest: { sha256: sha256Hex('tf'), stemmaLogTreeV1: sha256Hex('tft') },
      size: 0,
      records: 'tfrecord',
      truncated: true,
    },
  ],
  builder: { id: 'https://w3id.org/stemma/builder/local', version: { stemma: '0.1.0' } },
  invocationId: 'https://ci.example.com/runs/7',
};
export const OBSERVED: ProvenanceInput = {
  ...INPUT,
  inputs: [{ name: 'vocab.txt', uri: undefined, digest: { sha256: sha256Hex('vocab') }, evidence: 'observed' }],
  run: {
    command: ['python', 'train.py', '--token', '[redacted]'],
    environment: { PYTHONHASHSEED: '0', CUDA_VISIBLE_DEVICES: '1' },
    versions: { torch: '2.8.0', python: '3.12' },
    gpus: [{ name: 'NVIDIA H100', driver: '570.1' }],
    startedOn: '2026-01-02T03:04:05.006Z',
    finishedOn: '2026-01-02T04:04:05.006Z',
  },
};
export const MINIMAL: ProvenanceInput = {
  name: 'm',
  digest: digest('m'),
  ignored: [],
  opaque: [],
  parameters: {},
  config: [],
  links: [],
  sources: [],
  environment: [],
  logs: [],
  builder: { id: 'https://w3id.org/stemma/builder/local' },
};
