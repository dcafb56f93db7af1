export { renderDemo, renderDemoVerdict } from './render.ts';
export { runDemo } from './run.ts';
export type { DemoResult } from './step.ts';
