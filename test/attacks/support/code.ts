import { isStemmaError } from '../../../src/core/errors/index.ts';

/** The code of the StemmaError that work ends with; any other error goes on, and none is 'nothing thrown'. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (isStemmaError(error)) return error.code;
    throw error;
  }
  return 'nothing thrown';
}
