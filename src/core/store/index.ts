export { statementsAbout } from './about.ts';
export { type AddResult, addToStore, importStatements } from './add.ts';
export { type CheckResult, checkStore, type RebuildResult, rebuildStore } from './check.ts';
export { type ExportResult, exportStore } from './export.ts';
export { type FamilyOptions, type FamilyResult, findFamily, type Relative, type RelativeLink } from './family.ts';
export { type FindOptions, type FindResult, findStatements } from './find.ts';
export type { StoredStatement } from './records.ts';
