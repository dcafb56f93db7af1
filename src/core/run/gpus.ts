import path from 'node:path';
import type { AbortOptions } from '../progress/index.ts';

export interface Gpu {
  readonly name: string;
  readonly driver: string;
}

const MAX_GPUS = 64;
const MAX_TEXT = 200;
const TIMEOUT_MS = 5000;

/**
 * The NVIDIA GPUs of this machine and their driver, as `nvidia-smi` says. None where it is not on the path, does not answer
 * within seconds, or says something else: what cannot be detected is not recorded.
 */
export async function detectGpus(searchPath: string, { signal }: AbortOptions): Promise<readonly Gpu[]> {
  const { execa } = await import('execa');
  const result = await execa('nvidia-smi', ['--query-gpu=name,driver_version', '--format=csv,noheader'], {
    // An empty or relative entry would find a program in the working folder.
    env: {
      PATH: searchPath
        .split(path.delimiter)
        .filter((entry) => path.isAbsolute(entry))
        .join(path.delimiter),
      LC_ALL: 'C',
    },
    extendEnv: false,
    stdin: 'ignore',
    reject: false,
    timeout: TIMEOUT_MS,
    maxBuffer: 64 * 1024,
    ...(signal === undefined ? {} : { cancelSignal: signal }),
  });
  return result.failed ? [] : parseGpus(result.stdout);
}

/** `NVIDIA H100 80GB HBM3, 570.86.15` each. */
export function parseGpus(text: string): readonly Gpu[] {
  const gpus = text.split('\n').map((line) => /^([^,]+), ([\w.-]+)\s*$/.exec(line));
  return gpus.slice(0, MAX_GPUS).flatMap((match) => {
    const [, name = '', driver = ''] = match ?? [];
    return name === '' || name.length > MAX_TEXT || driver.length > MAX_TEXT ? [] : [{ name, driver }];
  });
}
