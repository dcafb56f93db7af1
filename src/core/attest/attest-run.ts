import path from 'node:path';
import type { LogRoot, ObservedRun } from '../attestation/index.ts';
import {
  type CommandResult,
  childEnvironment,
  detectGpus,
  type Observation,
  PythonWatch,
  recordedEnvironment,
  requireProgram,
  runCommand,
  snapshotFolder,
} from '../run/index.ts';
import type { SaltedLogFile } from '../trainlog/index.ts';
import { type Builder, detectBuilder } from './builder.ts';
import { type Materials, readLogs } from './materials.ts';
import type { AttestResult } from './result.ts';
import { type FollowedLogs, type WatchedLogs, watchLogs } from './run-checkpoints.ts';
import { readRunInputs } from './run-inputs.ts';
import { readLogStates, requireOwnFiles, writtenLogs } from './run-logs.ts';
import { observedMaterials, warnOfObserved } from './run-observed.ts';
import type { RunOptions } from './run-options.ts';
import { outputRoots, readPaths } from './run-output-roots.ts';
import { digestOutputs, type MadeOutput, readOutputs } from './run-outputs.ts';
import { recheckRunInputs } from './run-recheck.ts';
import { redactCommand, redactValues } from './run-redact.ts';
import type { RunResult } from './run-result.ts';
import { requireSaltedLogs } from './run-salted-logs.ts';
import { requireSecretsApart } from './run-secrets.ts';
import { type RunTranscript, recordTranscript } from './run-transcript.ts';
import { undeclaredWrites } from './run-undeclared.ts';
import { hermeticMaterials, wrapRun } from './run-wrap.ts';
import { refuseCopies, refusePrinted } from './salted-log-copies.ts';
import { refuseToldPlain } from './salted-log-guard.ts';
import { keepingSecrets, newSecretNames, readSaltedLogs } from './salted-logs.ts';
import { requireAttestable, writeAttestation } from './subject.ts';

/**
 * Runs a command and attests what it made (docs/run.md): what goes in is digested before and after, what it prints while it
 * does, what comes out when it has ended. A command that fails is a result without attestations, not an error.
 *
 * @throws StemmaError what `attestModel` refuses before any hashing, before the command is started; TOOL_MISSING for
 *   what it is to be wrapped in; USAGE where it cannot be started; SECRET_REUSED; then INPUT_CHANGED, LOG_REWRITTEN, OUTPUT_MISSING, INTERRUPTED and what `attestModel` throws, and nothing is attested
 */
export async function attestRun(options: RunOptions): Promise<RunResult> {
  const { command, env, onWarning } = options;
  const cwd = path.resolve('.');
  requireAttestable(options);
  const places = outputRoots(options);
  requireOwnFiles(options);
  requireSecretsApart(options);
  const childEnv = childEnvironment(env, options.terminal);
  requireProgram({ argv: command, cwd, env: childEnv });
  const roots = places.map(({ root }) => root);
  requireSaltedLogs(roots, options);
  const told = [...readPaths(options), ...options.logs];
  const saltedBefore = (options.saltedLogs ?? []).map(({ file }) => file);
  await refuseCopies(saltedBefore, { models: [], others: told }, options);
  const builder = detectBuilder(env, onWarning);
  const inputs = await readRunInputs(roots, options);
  const outputs = await readOutputs(places, options);
  const before = await snapshotFolder(cwd, options);

  const gpus = detectGpus(env['PATH'] ?? '', options);
  const watched = await watchCommand(options, builder, cwd, childEnv);
  const { done, startedOn, finishedOn, observation, python, written, writtenSalted, followed, transcript } = watched;

  const around = { cwd, env };
  const recorded = { command: redactCommand(command, around), startedOn, finishedOn };
  const result = { ...recorded, ...done, attested: false, inputs: [], outputs: [], undeclared: NOTHING };
  if (done.status !== 0) return result;

  const undeclared = await undeclaredWrites(before, options);
  const rechecked = await recheckRunInputs(roots, inputs, options);
  warnOfObserved(observation, onWarning);
  const { materials: had, run: seen } = observedMaterials(
    options.hermetic === true ? hermeticMaterials(rechecked) : rechecked,
    observation,
  );
  requireSaltedLogs(roots, options);
  const salted = await readSaltedLogs(writtenSalted, options);
  const materials = {
    ...had,
    logs: [
      ...streamLogs(done),
      ...(followed?.logs ?? (await readLogs(written, options))),
      ...salted.map(({ root }) => root),
      ...(transcript === undefined ? [] : [transcript]),
    ],
  };
  const run: ObservedRun = {
    ...recorded,
    ...seen,
    environment: redactValues(recordedEnvironment(childEnv), around),
    versions: python.versions({ argv: command, cwd, env: childEnv }),
    gpus: await gpus,
    ...(followed === undefined ? {} : { checkpoints: followed.listed }),
  };
  const attested: AttestResult[] = [];
  const attest = async ({ subject, model }: MadeOutput): Promise<void> => {
    attested.push(await writeAttestation(subject, model, { materials, builder, run }, options));
  };
  const made = await digestOutputs(outputs, options);
  const models = made.map(({ model }) => model);
  refuseToldPlain(salted, { models, materials });
  const saltedFiles = writtenSalted.map(({ file }) => file);
  await refuseCopies(saltedFiles, { models, others: told }, options);
  await refusePrinted(saltedFiles, done.streams, options);
  const [first, ...others] = made;
  // What is signed once rests on the secrets, whatever becomes of the other outputs.
  if (first !== undefined) await keepingSecrets(salted, () => attest(first));
  for (const output of others) await attest(output);
  return {
    ...result,
    attested: true,
    inputs: inputsOf(materials),
    outputs: attested,
    ...(salted.length === 0 ? {} : { newSecrets: newSecretNames(salted) }),
    undeclared,
    ...(observation === undefined ? {} : { observation }),
    ...(followed === undefined ? {} : { checkpoints: followed.checkpoints }),
  };
}

interface WatchedCommand {
  readonly done: CommandResult;
  /** RFC 3339 in UTC. */
  readonly startedOn: string;
  readonly finishedOn: string;
  readonly observation: Observation | undefined;
  readonly python: PythonWatch;
  /** Those of the logs that the command wrote, where it succeeded. */
  readonly written: readonly string[];
  readonly writtenSalted: readonly SaltedLogFile[];
  /** The same, where checkpoints of them were made and the command succeeded. */
  readonly followed: FollowedLogs | undefined;
  /** As a log, where it was asked for and the command succeeded. */
  readonly transcript: LogRoot | undefined;
}

/** Runs the command in what it is to be wrapped in. */
async function watchCommand(
  options: RunOptions,
  builder: Builder,
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<WatchedCommand> {
  const { checkpoints, transcript } = options;
  const wrapped = await wrapRun(options, cwd, env);
  let logs: WatchedLogs | undefined;
  let recording: RunTranscript | undefined;
  const python = new PythonWatch();
  try {
    recording = transcript === undefined ? undefined : await recordTranscript(transcript, cwd, options);
    options.onStart?.();
    const startedOn = options.now().toISOString();
    const before = await readLogStates(options);
    logs = checkpoints === undefined ? undefined : await watchLogs(checkpoints, builder, startedOn, options);
    const command = { command: wrapped.argv, cwd, env: { ...env, ...wrapped.env }, watch: logs?.watch };
    const onProcess = (pid: number): void => python.start(pid);
    const done = await runCommand({ ...options, ...command, onProcess });
    python.end();
    const finishedOn = options.now().toISOString();
    const ran = { done, startedOn, finishedOn, python };
    const nothing = {
      observation: undefined,
      written: [],
      writtenSalted: [],
      followed: undefined,
      transcript: undefined,
    };
    if (done.status !== 0) return { ...ran, ...nothing };
    const written = await writtenLogs(before, options);
    return {
      ...ran,
      written: options.logs.filter((_, i) => written.has(i)),
      writtenSalted: (options.saltedLogs ?? []).filter((_, i) => written.has(options.logs.length + i)),
      observation: await wrapped.finish(options),
      followed: await logs?.finish(written),
      transcript: await recording?.finish(),
    };
  } finally {
    python.end();
    await logs?.end();
    await recording?.end();
    await wrapped.dispose();
  }
}

const NOTHING: RunResult['undeclared'] = { files: 0, paths: [] };

function streamLogs({ streams }: CommandResult): LogRoot[] {
  return streams.map(({ name, digests, size }) => ({ name, digest: digests, size, records: 'lf', truncated: false }));
}

function inputsOf({ links, inputs, sources, environment }: Materials): RunResult['inputs'] {
  const all = [
    ...links,
    ...inputs.map((item) => ({ ...item, role: 'input' })),
    ...sources.map((item) => ({ ...item, role: 'source' })),
    ...environment.map((item) => ({ ...item, role: 'environment' })),
  ];
  return all.map(({ role, name, evidence, digest }) => ({
    role,
    ...(name === undefined ? {} : { name }),
    evidence,
    digests: digest,
  }));
}
