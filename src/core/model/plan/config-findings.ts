import { type JsonObject, type JsonValue, parseJson, quote } from '../../bytes/index.ts';
import { isStemmaError } from '../../errors/index.ts';
import type { ModelFile } from '../walk/listing.ts';
import { readHeader } from './header-reader.ts';
import type { Finding } from './plan-types.ts';

const CONFIG_NAME = /(?:^|\/)(?:config|tokenizer_config|processor_config|preprocessor_config|generation_config)\.json$/;
const MAX_CONFIG_BYTES = 16 * 1024 * 1024;

/**
 * What the Hugging Face configuration files among these ask their loader to do: run code (`auto_map`), or render a chat template. A file that
 * cannot be read as JSON has no findings: these are hints, not checks.
 */
export function configFindings(files: Iterable<ModelFile>): readonly Finding[] {
  const findings: Finding[] = [];
  for (const file of files) {
    if (CONFIG_NAME.test(file.path) && file.size <= MAX_CONFIG_BYTES) findings.push(...findingsIn(file));
  }
  return findings;
}

function findingsIn(file: ModelFile): readonly Finding[] {
  const config = readConfig(file);
  if (typeof config !== 'object' || config === null || Array.isArray(config)) return [];
  const findings: Finding[] = [];
  const add = (kind: Finding['kind'], message: string): void => {
    findings.push({ path: file.path, kind, message });
  };
  const members = config as JsonObject;
  if (Object.hasOwn(members, 'auto_map')) {
    add('remote-code', `names code to run on load (auto_map: ${quote(JSON.stringify(members['auto_map']), 120)})`);
  }
  if (Object.hasOwn(members, 'chat_template')) {
    add('chat-template', 'carries a chat template: it can change behaviour while every weight stays');
  }
  return findings;
}

function readConfig(file: ModelFile): JsonValue | undefined {
  try {
    const bytes = readHeader(file, file.path, (read) => read(file.size));
    return parseJson(bytes, { maxBytes: MAX_CONFIG_BYTES, what: file.path });
  } catch (error) {
    if (!isStemmaError(error)) throw error;
    return undefined;
  }
}
