import { spawnSync } from 'node:child_process';

/** Runs a program to its end under GNU time. Seconds of wall clock and peak resident memory in MB; throws if it fails. */
export function once([program, ...args], { cwd, expect = 0 } = {}) {
  const result = spawnSync('/usr/bin/time', ['-q', '-f', '\n%e %M', program, ...args], {
    cwd,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (result.error) throw new Error(`GNU time is needed at /usr/bin/time: ${result.error.message}`);
  const last = result.stderr.trimEnd().split('\n').at(-1);
  const [seconds, kilobytes] = last.split(' ').map(Number);
  if (result.status !== expect || Number.isNaN(seconds)) {
    throw new Error(`${program} ${args.join(' ')}: exit ${result.status}\n${result.stdout}\n${result.stderr}`);
  }
  return { seconds, megabytes: kilobytes / 1024 };
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

/**
 * Times two commands in turn, A B A B …, after one uncounted run of each, and forms the ratio pair by pair: the machine's
 * speed drifts, and a pair drifts together.
 */
export function pair(ours, theirs, { rounds = 5, prepare = () => undefined, cwd } = {}) {
  prepare();
  once(ours, { cwd });
  once(theirs, { cwd });
  const runs = [];
  for (let i = 0; i < rounds; i++) {
    prepare();
    runs.push({ ours: once(ours, { cwd }), theirs: once(theirs, { cwd }) });
  }
  return {
    ours: median(runs.map((run) => run.ours.seconds)),
    theirs: median(runs.map((run) => run.theirs.seconds)),
    // Speed of ours as a multiple of theirs.
    ratio: median(runs.map((run) => run.theirs.seconds / run.ours.seconds)),
    megabytes: Math.max(...runs.map((run) => run.ours.megabytes)),
  };
}

/** The median of several runs of one command. */
export function alone(command, { rounds = 5, cwd } = {}) {
  once(command, { cwd });
  const runs = Array.from({ length: rounds }, () => once(command, { cwd }));
  return { seconds: median(runs.map((run) => run.seconds)), megabytes: Math.max(...runs.map((run) => run.megabytes)) };
}
