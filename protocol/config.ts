import * as z from 'zod';

/** `config.json` in a store: what a user may set. Everything has a default; unknown keys are refused, so that a slip shows. */
export const StoreConfig = z.strictObject({
  retention: z.strictObject({
    keepLast: z.int().min(1).max(1_000_000).default(1000).describe('Newest checkpoints kept of each fork'),
    keepDays: z.number().min(0).max(36_500).default(30).describe('Checkpoints younger than this are kept, days'),
    graceDays: z.number().min(0).max(36_500).default(7).describe('How long merged and discarded forks stay undoable, days'),
    auditDays: z.number().min(0).max(36_500).default(365).describe('How long entries of the audit log are kept, days'),
  }).prefault({}),
  sizeCapBytes: z.number().min(16 * 1024 * 1024).nullable().default(null).describe('Upper limit of the store on disk; a warning comes at 80 %'),
  forksDirectory: z.string().min(1).max(4096).nullable().default(null).describe('Where forks get their directories; default: "<repository>.forks" beside the repository'),
  carry: z.enum(['auto', 'reflink', 'symlink', 'copy', 'none']).default('auto').describe('How ignored files (node_modules, .env) get into a new fork directory'),
  validatorTimeoutSeconds: z.number().positive().max(86_400).default(600),
});
export type StoreConfig = z.infer<typeof StoreConfig>;
