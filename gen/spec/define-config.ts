import type { Spec } from './types.ts';

/** What a config function is told. */
export interface ConfigEnv {
  /** The environment of the bypassgen process. What a config reads from it becomes part of the input. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

export type ConfigFunction = (env: ConfigEnv) => Spec | Promise<Spec>;

/** The default export of a config: an object, a promise of one, or a function that returns either. */
export type ConfigExport = Spec | Promise<Spec> | ConfigFunction;

/** Gives a config its types. Returns it as it is. */
export function defineConfig(config: Spec): Spec;
export function defineConfig(config: Promise<Spec>): Promise<Spec>;
export function defineConfig(config: ConfigFunction): ConfigFunction;
export function defineConfig(config: ConfigExport): ConfigExport {
  return config;
}
