/** The longest URI that a statement takes (docs/formats/provenance.md). */
const MAX_URI = 2048;

/** An absolute http(s) URI without user info, query or fragment, which are never recorded (design §4); else undefined. */
export function publicUri(text: string | undefined): string | undefined {
  if (text === undefined || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return undefined;
  url.username = '';
  url.password = '';
  url.search = '';
  url.hash = '';
  return url.href.length > MAX_URI ? undefined : url.href;
}

/**
 * Text of somebody else's choice as part of a URI's path: a branch named `main#x` or `%2e%2e` must not make the URI of another
 * one.
 */
export function uriPath(text: string): string {
  return encodeURI(text.toWellFormed()).replaceAll('?', '%3F').replaceAll('#', '%23');
}
