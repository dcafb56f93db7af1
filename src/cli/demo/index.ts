export { renderDemo, renderDemoVerdict } from './render.ts';
export { type DemoOptions, runDemo } from './run.ts';
export type { DemoResult, DemoStep } from './step.ts';
