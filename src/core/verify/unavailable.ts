import { isStemmaError, type StemmaError } from '../errors/index.ts';

/**
 * Design §5: whatever breaks inside a step is that step's finding, and the other steps go on. So a file that goes away, or
 * changes, while a step looks at it gives an answer and no error.
 */
export async function orIfUnavailable<T>(work: Promise<T>, otherwise: (error: StemmaError) => T): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (isStemmaError(error) && error.errorClass === 'unavailable') return otherwise(error);
    throw error;
  }
}
