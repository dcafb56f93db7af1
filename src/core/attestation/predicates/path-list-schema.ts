import { z } from 'zod';

/** A list of paths of ours in JSON, judged by the rule given; absent means none, so an empty list has no place. */
export const pathList = (problemOf: (paths: readonly string[]) => string | undefined) =>
  z
    .array(z.string())
    .min(1)
    .readonly()
    .superRefine((paths, context) => {
      const problem = problemOf(paths);
      if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
    });
