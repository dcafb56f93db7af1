export { type Checkpoint, formatCheckpoint, parseCheckpoint } from './checkpoint.ts';
export { type Extension, formatExtension, MAX_EXTENSION_BYTES, parseExtension } from './extension.ts';
export { formatNote, isKeyName, parseNote, type SignedNote } from './note.ts';
export { noteKeyId, openNote, signNote } from './note-key.ts';
export { MAX_NOTES_BYTES, splitNotes } from './notes.ts';
export { runInvocation, runOrigin } from './origin.ts';
