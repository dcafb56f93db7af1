/** Where in a JSON text an offset lies: the JSON pointer of the value or, with a trailing `#`, of the name of the member. */
export function placeIn(text: string, offset: number): string {
  const path: (string | number)[] = [];
  let at = 0;
  let found: string | undefined;
  const pointer = (): string => path.map((part) => `/${part}`).join('');
  const mark = (start: number, end: number, place: string): void => {
    if (found === undefined && offset >= start && offset < end) found = place;
  };

  const string = (): { readonly start: number; readonly value: string } => {
    const start = at;
    for (at++; text[at] !== '"'; at++) if (text[at] === '\\') at++;
    at++;
    return { start, value: JSON.parse(text.slice(start, at)) as string };
  };
  const value = (): void => {
    const start = at;
    if (text[at] === '{') object();
    else if (text[at] === '[') array();
    else {
      if (text[at] === '"') string();
      else while (at < text.length && !',]}'.includes(text[at] ?? '')) at++;
      mark(start, at, pointer());
    }
  };
  const object = (): void => {
    for (at++; text[at] !== '}'; ) {
      if (text[at] === ',') at++;
      const name = string();
      path.push(name.value);
      mark(name.start, at, `${pointer()}#`);
      at++;
      value();
      path.pop();
    }
    at++;
  };
  const array = (): void => {
    at++;
    for (let index = 0; text[at] !== ']'; index++) {
      if (text[at] === ',') at++;
      path.push(index);
      value();
      path.pop();
    }
    at++;
  };
  value();
  return found ?? 'punctuation';
}
