/** What a config imports. It stays light: it is loaded with every config. */
export { type ConfigEnv, type ConfigExport, type ConfigFunction, defineConfig } from './spec/define-config.ts';
export type {
  AppSpec,
  ArenaSpec,
  CpuSpec,
  HardwareSpec,
  HugepagesSpec,
  NetworkSpec,
  NicSpec,
  NumaNodeSpec,
  PolicySpec,
  Spec,
  WorkloadSpec,
} from './spec/types.ts';
