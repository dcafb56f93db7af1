import type { ClassifiedStatement } from './checks/classify.ts';
import { recorded } from './questions.ts';

/** Files looked at, over all comparisons of one run. */
const MAX_FILES = 1_000_000;
/** However many files the model has: as many signers and lists of ignores as an honest one has. */
const ALWAYS = 16;

/**
 * How many comparisons of whole file sets one run makes. Hostile input: every OMS statement is compared file by file, every other
 * with the roots of its own file set, and a side file may hold thousands of either.
 */
export class ComparisonBudget {
  readonly #files: number;
  readonly #known = new Set<string>();
  #made = 0;

  /** @param files how many files the model has */
  constructor(files: number) {
    this.#files = files;
  }

  /** Whether there is room for this one. Statements about one file set share its roots: only the first of them counts. */
  admits(statement: ClassifiedStatement): boolean {
    const key = fileSetOf(statement);
    if (key !== undefined && this.#known.has(key)) return true;
    if (this.#made >= ALWAYS && (this.#made + 1) * this.#files > MAX_FILES) return false;
    this.#made++;
    if (key !== undefined) this.#known.add(key);
    return true;
  }
}

/** Undefined for an OMS statement, which lists its own files. */
function fileSetOf(statement: ClassifiedStatement): string | undefined {
  const { content } = statement;
  if (content.kind === 'oms') return undefined;
  const { ignored, opaque } = recorded(statement);
  return JSON.stringify([ignored, opaque, content.kind === 'model' && content.model.allowSymlinks]);
}
