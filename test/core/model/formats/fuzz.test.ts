import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isStemmaError } from '../../../../src/core/errors/index.ts';
import {
  CONTAINER_PARSERS,
  parseLfsPointer,
  parseSafetensorsIndex,
  sniffGguf,
} from '../../../../src/core/model/formats/index.ts';
import { fixture, safetensorsFile } from './support.ts';

/** Any outcome will do but an exception that is not ours; a container has to cover the file. */
function survives(parse: () => unknown): void {
  try {
    parse();
  } catch (error) {
    if (!isStemmaError(error)) throw error;
    expect(error.errorClass).toBe('malformed');
    expect(error.details?.['offset']).toEqual(expect.any(Number));
  }
}

function survivesParsers(bytes: Uint8Array): void {
  sniffGguf(bytes.subarray(0, 8));
  parseLfsPointer(bytes);
  survives(() => parseSafetensorsIndex(bytes));
  for (const parser of Object.values(CONTAINER_PARSERS)) {
    survives(() => {
      const step = parser(bytes, bytes.length);
      if ('needBytes' in step) throw new Error(`a whole file of ${bytes.length} bytes is not enough`);
      const covered = step.done.regions.reduce((sum, { length }) => sum + length, 0);
      if (covered !== bytes.length) throw new Error(`the regions cover ${covered} of ${bytes.length} bytes`);
    });
  }
}

describe('hostile bytes make no parser fail in a way of its own', () => {
  it('random bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), survivesParsers), { numRuns: 500 });
  });

  it('random bytes behind a GGUF magic and version', () => {
    const start = Uint8Array.of(0x47, 0x47, 0x55, 0x46, 3, 0, 0, 0);
    const small = fc.uint8Array({ maxLength: 300, max: 12 });
    fc.assert(
      fc.property(small, (rest) => survivesParsers(Uint8Array.from([...start, ...rest]))),
      { numRuns: 1000 },
    );
  });

  it('random JSON as a safetensors header and as an index', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(20), (text, data) => survivesParsers(safetensorsFile(text, data))),
      { numRuns: 500 },
    );
    fc.assert(fc.property(fc.json(), (text) => survives(() => parseSafetensorsIndex(new TextEncoder().encode(text)))));
  });

  it('random entries as a safetensors header', () => {
    const size = fc.oneof(fc.nat(8), fc.maxSafeInteger(), fc.double(), fc.string());
    const entry = fc.record(
      {
        dtype: fc.constantFrom('F32', 'F4', 'F6_E2M3', 'BOOL', 'X', 1, null),
        shape: fc.oneof(fc.array(size, { maxLength: 4 }), size),
        data_offsets: fc.oneof(fc.tuple(size, size), fc.array(size)),
        other: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'binary' }), entry), fc.nat(40), (header, data) =>
        survivesParsers(safetensorsFile(JSON.stringify(header), data)),
      ),
      { numRuns: 500 },
    );
  });

  it.each(['safetensors/shapes.safetensors', 'gguf/quantised.gguf', 'gguf/types.gguf'])(
    'a few flipped bytes in the header of %s',
    (name) => {
      const original = fixture(name);
      const flip = fc.tuple(fc.nat(Math.min(original.length, 1600) - 1), fc.integer({ min: 1, max: 255 }));
      fc.assert(
        fc.property(fc.array(flip, { minLength: 1, maxLength: 4 }), (flips) => {
          const bytes = original.slice();
          for (const [at, mask] of flips) bytes[at] = (bytes[at] ?? 0) ^ mask;
          survivesParsers(bytes);
        }),
        { numRuns: 1000 },
      );
    },
  );
});

describe('headers at the size that real ones reach', () => {
  it('500,000 tensors in an order that is not theirs take seconds', () => {
    const entries: string[] = [];
    for (let i = 0; i < 500_000; i++) {
      // 314,159 has no factor in common with 500,000, so each place in the file occurs once.
      const at = (i * 314_159) % 500_000;
      entries.push(
        `"model.layers.${i % 61}.experts.${i}.weight":{"dtype":"BF16","shape":[1,2],"data_offsets":[${4 * at},${4 * at + 4}]}`,
      );
    }
    const bytes = safetensorsFile(`{${entries.join(',')}}`);
    const before = process.threadCpuUsage();
    const step = CONTAINER_PARSERS.safetensors(bytes, bytes.length + 2_000_000);
    const { user, system } = process.threadCpuUsage(before);
    expect('done' in step && step.done.tensors.length).toBe(500_000);
    // Three seconds of processor time on two slow cores; ten still catch anything quadratic.
    expect((user + system) / 1e6).toBeLessThan(10);
  });
});
