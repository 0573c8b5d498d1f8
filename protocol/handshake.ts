import * as z from 'zod';

/** Params of `pyi/hello`, the first request on every connection: both sides learn whom they talk to. */
export const HelloParams = z.object({ client: z.string().max(200), version: z.string().max(100), protocol: z.int(), token: z.string().max(200).optional() });
export type HelloParams = z.infer<typeof HelloParams>;

export const HelloResult = z.object({ server: z.string(), version: z.string(), protocol: z.int(), pid: z.int() });
export type HelloResult = z.infer<typeof HelloResult>;

/** `server.json`: how the server of this user is reached. */
export const ServerDescription = z.object({ socket: z.string(), pid: z.int(), protocol: z.int(), version: z.string(), token: z.string(), started: z.number() });
export type ServerDescription = z.infer<typeof ServerDescription>;

/** What subscribers hear. `repository` is the root that the store was opened through, `store` the directory of the store itself. */
export const StoreEvent = z.object({
  repository: z.string(),
  store: z.string(),
  kind: z.enum(['checkpoint', 'fork', 'observe', 'collapse', 'discard', 'rewind', 'undo', 'integrate', 'sweep', 'entangle', 'phase', 'pin', 'agent', 'claim', 'edit', 'gone'])
    .describe('edit: files in the directory of a fork changed since they were last looked at; told once until the next look, and only while the directory is watched. gone: the store was removed, moved or replaced. agent: one was registered, attached, suspended, resumed, ended or lost'),
  fork: z.string().nullable(),
  checkpoint: z.string().nullable(),
  time: z.number(),
  agent: z.string().nullable().describe('Whose fork it is, or whom it is about'),
});
export type StoreEvent = z.infer<typeof StoreEvent>;
