export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

export interface JsonLimits {
  /** Refused before decoding. */
  readonly maxBytes: number;
  /** Nesting of arrays and objects; default 64. */
  readonly maxDepth?: number;
  /** Strings, numbers, words, arrays and objects in the document; default 2,000,000. What is built costs more than its text. */
  readonly maxValues?: number;
  /**
   * Takes each member of the top-level object as it is read, which is then not kept: for documents of many members. `maxValues`
   * counts for each member. The offset is that of its name, in characters.
   */
  readonly onMember?: (name: string, value: JsonValue, offset: number) => void;
  /** Refuse `1.0` and `1e3` too: for our own formats, where every number is an integer. Default false. */
  readonly integersOnly?: boolean;
  /** What is being parsed, for messages. */
  readonly what: string;
}
