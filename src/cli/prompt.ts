import { StemmaError } from '../core/errors/index.ts';

const CTRL_C = '\u0003';
const CTRL_D = '\u0004';
const CTRL_U = '\u0015';
const BACKSPACES = ['\u007f', '\b'];

/**
 * Asks one question after the other on the terminal without showing what is typed. The caller has checked that stdin and
 * stderr are terminals. The terminal stops echoing before the first question is shown and starts again after the last
 * answer, so that nothing typed ahead is ever seen.
 *
 * @param signal ends the questions as Ctrl-C does
 * @throws StemmaError INTERRUPTED
 */
export async function promptHidden(questions: readonly string[], signal: AbortSignal): Promise<readonly string[]> {
  const { stdin, stderr } = process;
  const { promise, resolve, reject } = Promise.withResolvers<readonly string[]>();
  const answers: string[] = [];
  let typed = '';
  const ask = (): void => {
    const question = questions[answers.length];
    if (question === undefined) resolve(answers);
    else stderr.write(question);
  };
  const interrupt = (): void => reject(new StemmaError('INTERRUPTED', 'interrupted'));
  const read = (chunk: string): void => {
    for (const char of chunk) {
      if (char === CTRL_C) interrupt();
      else if (char === '\r' || char === '\n' || char === CTRL_D) {
        answers.push(typed);
        typed = '';
        stderr.write('\n');
        ask();
      } else if (BACKSPACES.includes(char)) typed = Array.from(typed).slice(0, -1).join('');
      else if (char === CTRL_U) typed = '';
      else if (char >= ' ') typed += char;
    }
  };

  signal.addEventListener('abort', interrupt);
  if (signal.aborted) interrupt();
  stdin.setRawMode(true);
  stdin.setEncoding('utf8').on('data', read).resume();
  ask();
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', interrupt);
    stdin.off('data', read).pause();
    stdin.setRawMode(false);
    if (answers.length < questions.length) stderr.write('\n');
  }
}
