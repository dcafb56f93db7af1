/**
 * What `make` returns, made at the first call. Schemas of zod are made when they are needed: those of all predicates together take
 * 15 ms, which every command would pay before it began.
 */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
