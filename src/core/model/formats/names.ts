const CONTROL = /\p{Cc}/u;

/**
 * Why a tensor name, key or shard name from a header is refused, or undefined. Hostile input: NUL and control characters
 * make two readers see two names (safetensors issue 748), and a lone surrogate has no UTF-8 form to put in a leaf.
 */
export function nameProblem(name: string): string | undefined {
  if (!name.isWellFormed()) return 'contains a lone surrogate';
  return CONTROL.test(name) ? 'contains a control character' : undefined;
}
