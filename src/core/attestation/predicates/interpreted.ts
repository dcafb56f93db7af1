/** For `safeParse`: zod would make code of a schema, which takes longer than to check what one run reads. */
export const INTERPRETED = { jitless: true } as const;
