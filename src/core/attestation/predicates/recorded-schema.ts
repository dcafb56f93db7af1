import { z } from 'zod';
import { EVIDENCE_URI, EVIDENCE_URI_EXPECTED } from './evidence-uri.ts';
import { once } from './once.ts';

/** Design §4, never recorded: absolute paths. */
export const name = once(() =>
  z
    .string()
    .min(1)
    .max(4096)
    .refine((text) => !/^(?:[/\\~]|[A-Za-z]:[/\\])/.test(text), 'expected a name without an absolute path'),
);

/** Design §4, never recorded: URI user info, query, and paths of this machine. */
export const uri = once(() =>
  z
    .string()
    .max(2048)
    .regex(/^[A-Za-z][A-Za-z0-9+.-]*:/, 'expected a URI with a scheme')
    .refine((text) => !/^file:/i.test(text), 'expected no file URI')
    .refine((text) => !/^[^:]+:\/\/[^/?#]*@/.test(text), 'expected a URI without user info')
    .refine((text) => !text.includes('?'), 'expected a URI without a query'),
);

/** The CID of the evidence of a parent. */
export const evidenceUri = once(() =>
  z
    .string()
    .regex(EVIDENCE_URI, EVIDENCE_URI_EXPECTED)
    .describe('evidence about the parent, as it was found beside it'),
);

export const digestSet = once(() =>
  z.record(z.string(), z.string().regex(/^(?:[0-9a-f]{2})+$/, 'expected lower-case hex')),
);

/** RFC 3339 in UTC, to the millisecond. */
export const time = once(() =>
  z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{3})?Z$/, 'expected a time in UTC'),
);

/** Why a text may not stand as a URI in a statement, or undefined. */
export function uriProblem(text: string): string | undefined {
  if (!/^[!-~]+$/.test(text)) return 'expected a URI in printable ASCII without spaces';
  return uri().safeParse(text).error?.issues[0]?.message;
}
