export { type Checkpoint, formatCheckpoint, parseCheckpoint } from './c2sp/checkpoint.ts';
export { formatNote, isKeyName, type NoteSignature, parseNote, type SignedNote } from './c2sp/note.ts';
export { type NoteVerdict, noteKeyId, openNote, signNote } from './c2sp/note-key.ts';
export { MAX_NOTES_BYTES, splitNotes } from './c2sp/notes.ts';
export { runInvocation, runOrigin } from './c2sp/origin.ts';
