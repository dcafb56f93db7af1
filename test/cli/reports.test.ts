import { describe, expect, it } from 'vitest';
import { renderAnnotations } from '../../src/cli/render/github.ts';
import { renderHuman } from '../../src/cli/render/human.ts';
import { renderJunit } from '../../src/cli/render/junit.ts';
import { renderMarkdown } from '../../src/cli/render/markdown.ts';
import { renderSarif } from '../../src/cli/render/sarif.ts';
import type { Check, Report } from '../../src/core/verify/index.ts';
import { HOSTILE, hostileReport } from './hostile-report.ts';
import { expectInert } from './inert.ts';

const LOOK = { color: false, unicode: true, verbose: false };
const report = hostileReport();
const lines = (text: string): string[] => text.trimEnd().split('\n');

describe('hostile names', () => {
  it.each<[string, (report: Report) => string]>([
    ['human', (it) => renderHuman(it, LOOK)],
    ['human, verbose', (it) => renderHuman(it, { ...LOOK, verbose: true })],
    ['human, explaining a policy', (it) => renderHuman(it, { ...LOOK, explain: true })],
    ['human, ASCII', (it) => renderHuman(it, { ...LOOK, unicode: false })],
    ['human, explained', (it) => renderHuman(it, { ...LOOK, explain: true })],
    ['markdown', renderMarkdown],
    ['junit', renderJunit],
    ['sarif', renderSarif],
  ])('are inert in the %s rendering', (_, render) => {
    expectInert(render(report));
  });

  it('leave no markup of HTML or Markdown in the markdown rendering', () => {
    const text = renderMarkdown(report);

    expect(text).not.toMatch(/<[a-z!/]|\*\*|\]\(|!\[|`|&amp;|\$\(/);
    // Mentions are looked for after references are resolved.
    expect(text.replaceAll('&#64;', '@')).not.toMatch(/(?<![A-Za-z0-9])@team/);
    expect(text).toContain('x40team');
    // One row per check: no name adds a cell or a line to the table.
    const rows = lines(text).filter((line) => line.startsWith('| '));
    expect(rows).toHaveLength(report.checks.length + 1);
    for (const row of rows) expect(row.split('|')).toHaveLength(6);
  });

  it('leave no markup of XML in the junit rendering', () => {
    const text = renderJunit(report);

    expect(text).not.toMatch(/<script|<!--|\]\]>/);
    // Well-formed by a strict reading: tags, quoted attributes and the five entities, nothing else.
    const rest = text
      .replace(/^<\?xml version="1\.0" encoding="UTF-8"\?>/, '')
      .replaceAll(/<\/?[a-z-]+(?: [a-z]+="[^"<>&]*(?:&(?:amp|lt|gt|quot);[^"<>&]*)*")*\/?>/g, '')
      .replaceAll(/&(?:amp|lt|gt|quot);/g, '');
    expect(rest).not.toMatch(/[<>&]/);
  });

  it('add no workflow command and no property to the annotations', () => {
    const annotations = lines(renderAnnotations(report));

    // missing, fail, error, unknown and two changed files
    expect(annotations).toHaveLength(6);
    for (const line of annotations) {
      expect(line).toMatch(/^::(?:error|warning) (?:file=[^:,]*,)?title=[^:,]*::[^\n\r]*$/);
      expectInert(line.replace(/^::/, '').replace('::', ' '));
    }
  });
});

describe('the human rendering', () => {
  const text = renderHuman(hostileReport({ verdict: 'two files differ' }), LOOK);

  it('ends in the verdict', () => {
    expect(lines(text).at(-1)).toBe('✖ FAIL: two files differ');
  });

  it('names changed files and tensors, signers, lineage and what was not checked', () => {
    for (const title of ['Changed', 'Signed by', 'Lineage', 'Not covered', 'Not checked', 'Warnings']) {
      expect(lines(text)).toContain(title);
    }
    expect(text).toContain('tensor layer.0');
    expect(text).toContain('STEMMA_TRUSTED_KEYS');
  });

  it('shows no more than 12 digits of a digest until all are asked for', () => {
    expect(text).not.toMatch(/[0-9a-f]{13}/);
    expect(renderHuman(report, { ...LOOK, verbose: true })).toContain('ab'.repeat(32));

    const signers = [{ name: `key sha256:${'ef'.repeat(32)}`, statements: [] }];
    expect(renderHuman(hostileReport({ signers }), LOOK)).toContain('key sha256:efefefefefef (not trusted)');
  });

  it('sets apart what did not pass and decides nothing, and says so when all is asked for', () => {
    const check = { id: 'content.log', step: 'content', title: 'log', required: false, message: 'm' } as const;
    const shown = (outcome: 'pass' | 'fail', verbose: boolean): string =>
      renderHuman(hostileReport({ checks: [{ ...check, outcome }] }), { ...LOOK, verbose });

    expect(shown('fail', false)).toContain('! log: m\n');
    expect(shown('fail', true)).toContain('✖ log: m (not required)\n');
    expect(shown('pass', true)).not.toContain('not required');
  });

  it('folds what passed without being required into one line a step', () => {
    const passed = (id: string, step: 'authenticate' | 'match') =>
      ({ id, step, title: 't', outcome: 'pass', required: false, message: 'm' }) as const;
    const signature = passed('authenticate.signature', 'authenticate');
    const statement = passed('match.statement', 'match');
    const identity = { ...statement, id: 'match.identity', title: 'identity', required: true };
    const checks = [signature, signature, identity, statement, { ...statement, id: 'match.other' }];
    const shown = renderHuman(hostileReport({ checks }), LOOK);

    expect(shown).toContain(
      '\nauthenticate: 2 signatures verified\nmatch\n  ✔ identity: m\n  ✔ 1 statement about these bytes, 1 check passed\n',
    );
    expect(renderHuman(hostileReport({ checks }), { ...LOOK, verbose: true })).toContain('✔ t: m');
  });

  it('leaves out skipped checks until all are asked for', () => {
    expect(text).not.toContain('base: not asked for');
    expect(renderHuman(report, { ...LOOK, verbose: true })).toContain('base: not asked for');
  });

  it('uses nothing beyond ASCII where the terminal cannot show it', () => {
    const plain = hostileReport({ verdict: 'ok', changes: [], signers: [], notCovered: [], skipped: [], warnings: [] });
    const shown = renderHuman(plain, { ...LOOK, unicode: false });

    expect(shown).not.toMatch(/[✔✖–├└]/u);
    expect(lines(shown).at(-1)).toBe('FAIL: ok');
  });

  it('counts what it cuts from a long list', () => {
    const changes = Array.from({ length: 60 }, (_, i) => ({
      path: `f${i}`,
      change: 'changed' as const,
      tensors: Array.from({ length: 12 }, (_, t) => `t${t}`),
    }));
    const shown = renderHuman(hostileReport({ changes }), LOOK);

    expect(shown).toContain('and 10 more files');
    expect(shown).toContain('and 2 more tensors');
    expect(shown).not.toContain('f50');
  });
});

describe('what is needed', () => {
  const check = {
    id: 'policy.trained',
    step: 'policy',
    title: 'trained',
    required: true,
    message: 'nobody said',
  } as const;
  const needed = (outcome: 'pass' | 'missing') =>
    hostileReport({ checks: [{ ...check, outcome, ...(outcome === 'pass' ? {} : { hint: 'needed: a provenance' }) }] });
  const renderings: readonly (readonly [string, (report: Report) => string])[] = [
    ['markdown', renderMarkdown],
    ['junit', renderJunit],
    ['sarif', renderSarif],
    ['annotations', renderAnnotations],
  ];

  it.each(renderings)('stands in the %s of what did not pass, and nowhere else', (_, render) => {
    expect(render(needed('missing')).replaceAll('&#58;', ':')).toContain('needed: a provenance');
    expect(render(needed('pass'))).not.toContain('a provenance');
  });

  it('stands below the policy in markdown', () => {
    const text = renderMarkdown(needed('missing'));

    expect(text).toMatch(/^Policy .*sha256 abababababab, signed by .* in force until .*\.$/m);
    expect(renderMarkdown({ ...needed('missing'), policy: undefined } as unknown as Report)).not.toContain('Policy ');
  });
});

describe('the junit rendering', () => {
  it('has counts that agree with its cases', () => {
    const text = renderJunit(report);

    expect(text).toContain('<testsuite name="');
    expect(text).toContain('tests="6" failures="1" errors="2" skipped="2"');
    expect(text.match(/<testcase /g)).toHaveLength(6);
    expect(text.match(/<failure /g)).toHaveLength(1);
    expect(text.match(/<error /g)).toHaveLength(2);
    expect(text.match(/<skipped /g)).toHaveLength(2);
  });

  it('gives checks with one id different names', () => {
    const twice = report.checks.slice(0, 1).flatMap((check) => [check, { ...check, title: 'another' }]);
    const names = [...renderJunit(hostileReport({ checks: twice })).matchAll(/<testcase [^>]* name="([^"]*)"/g)];

    expect(new Set(names.map(([, name]) => name)).size).toBe(2);
  });

  it('has no timestamp where no clock was needed', () => {
    expect(renderJunit(report)).toContain('timestamp="2026-01-02T03:04:05Z"');
    expect(renderJunit(hostileReport({ time: null }))).not.toContain('timestamp');
  });
});

describe('the markdown table of checks', () => {
  const skipped = (id: string, hex: string): Check => ({
    id,
    step: 'authenticate',
    title: 't',
    required: false,
    outcome: 'skip',
    message: `signed by key hint ${hex.repeat(32)}, which is not trusted here`,
  });
  const rows = (checks: readonly Check[]): string[] =>
    renderMarkdown(hostileReport({ checks }))
      .split('\n')
      .filter((line) => line.startsWith('| ➖') || line.startsWith('| ❌'));

  it('has one row for each reason to skip, with a count', () => {
    const many = Array.from({ length: 30 }, (_, i) => skipped('a.b', (16 + i).toString(16)));
    expect(rows([...many, skipped('c.d', 'ab')])).toEqual([
      '| ➖ skip | a.b | 30 × signed by key hint …, which is not trusted here | no |',
      expect.stringContaining('abab'),
    ]);
  });

  it('folds nothing that is required or that did not pass', () => {
    const required = { ...skipped('a.b', 'ab'), required: true };
    const failed = { ...skipped('a.b', 'ab'), outcome: 'fail' } as const;
    expect(rows([required, required, failed, failed])).toHaveLength(4);
  });
});

describe('the sarif rendering', () => {
  interface Result {
    readonly ruleId: string;
    readonly ruleIndex: number;
    readonly kind: string;
    readonly level: string;
    readonly message: { readonly text: string };
    readonly locations?: readonly { physicalLocation: { artifactLocation: { uri: string } } }[];
    readonly partialFingerprints: Readonly<Record<string, string>>;
  }
  interface Run {
    readonly tool: { readonly driver: { readonly name: string; readonly rules: readonly { readonly id: string }[] } };
    readonly results: readonly Result[];
  }
  const run: Run = JSON.parse(renderSarif(report)).runs[0];

  it('has the shape that SARIF 2.1.0 requires', () => {
    const log = JSON.parse(renderSarif(report));

    expect(log.version).toBe('2.1.0');
    expect(log.$schema).toMatch(/^https:.*sarif-schema-2\.1\.0\.json$/);
    expect(run.tool.driver.name).toBe('stemma');
    for (const result of run.results) {
      expect(run.tool.driver.rules[result.ruleIndex]?.id).toBe(result.ruleId);
      expect(typeof result.message.text).toBe('string');
      expect(['none', 'note', 'warning', 'error']).toContain(result.level);
      expect(['pass', 'fail', 'notApplicable']).toContain(result.kind);
      // §3.27.10: a kind other than "fail" has no level.
      if (result.kind !== 'fail') expect(result.level).toBe('none');
    }
  });

  it('locates a failed match at every changed file, by a relative URI', () => {
    const uris = run.results
      .filter((result) => result.ruleId === 'match.files')
      .map((result) => result.locations?.[0]?.physicalLocation.artifactLocation.uri);

    expect(uris).toEqual([encodeURIComponent(HOSTILE.toWellFormed()).replaceAll('%2F', '/'), 'b.bin']);
    for (const uri of uris) expect(uri).toMatch(/^(?!\/)[\w.~!*'()%/-]+$/);
  });

  it('gives every finding its own fingerprint', () => {
    const prints = run.results.map((result) => result.partialFingerprints['stemmaCheck/v1']);

    expect(new Set(prints).size).toBe(prints.length);
  });

  it('keeps an unrequired finding below a warning', () => {
    const log = run.results.find((result) => result.ruleId === 'content.log');

    expect(log).toMatchObject({ kind: 'fail', level: 'note' });
  });
});
