/** What a finding is about; part of the JSON of `stemma inspect`. */
export type FindingKind =
  | 'remote-code'
  | 'executes-on-load'
  | 'chat-template'
  | 'index-mismatch'
  | 'container-note'
  | 'unsupported-container';
