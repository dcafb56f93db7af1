import { decodeUtf8 } from '../bytes/index.ts';
import { StemmaError } from '../errors/index.ts';
import { RecordCutter } from '../records/index.ts';
import { type ProtoField, protoFields } from './protobuf.ts';

export interface Scalar {
  /** Untrusted text. */
  readonly tag: string;
  readonly value: number;
  readonly precision: 'double' | 'single';
}

/** u64 length and its checksum, before the data; the checksum of the data after it. */
const HEADER_BYTES = 12;
const FOOTER_BYTES = 4;

/**
 * Field numbers of tensorboard's event.proto, summary.proto and tensor.proto. A scalar is a `simple_value` (PyTorch,
 * tensorboardX, TensorFlow 1) or a tensor of no dimension (TensorFlow 2).
 */
const EVENT_SUMMARY = 5;
const SUMMARY_VALUE = 1;
const VALUE = { tag: 1, simpleValue: 2, tensor: 8 } as const;
const TENSOR = { dtype: 1, shape: 2, content: 4, floats: 5, doubles: 6 } as const;
const DT_FLOAT = 1;
const DT_DOUBLE = 2;

/**
 * The scalars in one TFRecord frame of a TensorBoard event file.
 *
 * @throws StemmaError LOG_INVALID unless it is exactly one frame with right checksums around an event; ENCODING_INVALID
 */
export function scalarsOf(frame: Uint8Array): readonly Scalar[] {
  requireOneFrame(frame);
  const event = frame.subarray(HEADER_BYTES, frame.length - FOOTER_BYTES);
  const out: Scalar[] = [];
  for (const summary of messages(event, EVENT_SUMMARY)) {
    for (const value of messages(summary, SUMMARY_VALUE)) {
      const scalar = scalarOf(value);
      if (scalar !== undefined) out.push(scalar);
    }
  }
  return out;
}

function requireOneFrame(frame: Uint8Array): void {
  let whole = false;
  const onRecord = (record: Uint8Array): void => void (whole = record.length === frame.length);
  const cutter = new RecordCutter({
    kind: 'tfrecord',
    maxBytes: frame.length,
    wants: (index) => index === 0,
    onRecord,
  });
  cutter.push(frame);
  cutter.finish();
  if (!whole) throw new StemmaError('LOG_INVALID', 'expected one whole TFRecord');
}

function* messages(of: Uint8Array, number: number): Generator<Uint8Array, void, undefined> {
  for (const field of protoFields(of)) if (field.number === number && field.wire === 'bytes') yield field.bytes;
}

function scalarOf(message: Uint8Array): Scalar | undefined {
  let tag = '';
  let read: Omit<Scalar, 'tag'> | undefined;
  for (const field of protoFields(message)) {
    if (field.number === VALUE.tag && field.wire === 'bytes') tag = decodeUtf8(field.bytes);
    else if (field.number === VALUE.simpleValue && field.wire === 'fixed32')
      read = { value: view(field).getFloat32(0, true), precision: 'single' };
    else if (field.number === VALUE.tensor && field.wire === 'bytes') read = tensorScalar(field.bytes);
  }
  return read === undefined ? undefined : { tag, ...read };
}

function tensorScalar(message: Uint8Array): Omit<Scalar, 'tag'> | undefined {
  let dtype = 0;
  let data: Uint8Array | undefined;
  for (const field of protoFields(message)) {
    if (field.number === TENSOR.dtype) dtype = field.varint;
    // A scalar has no dimension.
    else if (field.number === TENSOR.shape && field.bytes.length > 0) return undefined;
    else if (field.number === TENSOR.content || field.number === TENSOR.floats || field.number === TENSOR.doubles)
      data = field.bytes;
  }
  if (data === undefined) return undefined;
  const bytes = new DataView(data.buffer, data.byteOffset, data.byteLength);
  if (dtype === DT_FLOAT && data.length === 4) return { value: bytes.getFloat32(0, true), precision: 'single' };
  if (dtype === DT_DOUBLE && data.length === 8) return { value: bytes.getFloat64(0, true), precision: 'double' };
  return undefined;
}

const view = ({ bytes }: ProtoField): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
