import { count, type Look, name, paint, prose } from '../render/text.ts';
import type { DemoResult, DemoStep } from './step.ts';

/** The story as it went, one step after the other, and last whether all of it went as told. */
export function renderDemo(result: DemoResult, look: Look): string {
  const opening =
    'A small real classifier of handwritten digits and a fine-tune of it, in a temporary folder. Nothing is sent anywhere.';
  return [opening, ...result.steps.map((step, i) => stepText(step, i + 1, look)), renderDemoVerdict(result, look)].join(
    '\n\n',
  );
}

/** The last line alone. */
export function renderDemoVerdict({ asTold, steps, folder }: DemoResult, look: Look): string {
  const broken = steps.filter(({ broken }) => broken.length > 0);
  const verdict = asTold
    ? `all ${count(steps.length, 'step')} went as told`
    : `not as told: ${broken.map(({ id }) => id).join(', ')}; this is a bug in stemma`;
  const place = folder === undefined ? 'the folder was removed' : `the folder is kept: ${name(folder, 4096)}`;
  return paint(look, asTold ? 'good' : 'bad', `${mark(asTold, look)} ${verdict}; ${place}`);
}

function stepText({ title, commands, exitCode, found, broken }: DemoStep, number: number, look: Look): string {
  const asTold = broken.length === 0;
  return [
    paint(look, 'bold', `${number}. ${title}`),
    ...commands.map((command) => `   ${paint(look, 'dim', '$')} ${command}`),
    ...found.map((text) => `   ${prose(text)}`),
    ...broken.map((text) => `   ${paint(look, 'bad', 'not as told:')} ${prose(text)}`),
    `   ${paint(look, asTold ? 'good' : 'bad', mark(asTold, look))} exit code ${exitCode}`,
  ].join('\n');
}

function mark(good: boolean, look: Look): string {
  if (look.unicode) return good ? '✔' : '✖';
  return good ? 'ok' : 'FAIL';
}
