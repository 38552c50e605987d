/** Limits of the runtime itself. The C side asserts them in bp_config.h. */
export const limits = {
  /** Workers, hence cores; BP_WORKERS_MAX of the generic binary. */
  workers: 16,
  /** Programs of one runtime; BP_APPS_MAX of the generic binary. */
  apps: 32,
  /** Address space that can be reserved for the arena, in MiB: BP_ARENA_BASE to BP_ARENA_BASE + 2^40. */
  arenaMiB: 1 << 20,
  /** The smallest arena that holds the pools' first chunks with room for work, in MiB. */
  arenaMinMiB: 64,
  /** Arena bytes that an open but idle connection takes, both ends: two files of 256 bytes, two watches of 64. */
  idleConnectionBytes: 640,
} as const;
