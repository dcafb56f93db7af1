export { MAX_YAML_DEPTH, parseYaml } from './yaml.ts';
