/** By which names of a card and of links are compared: `org/name` with `name`, whatever the case. Nothing is proven by it. */
export const lastPart = (name: string): string => (name.split(/[/\\:]/).at(-1) ?? name).toLowerCase();
