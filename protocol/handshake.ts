import * as z from 'zod';
import { Repository } from './values.ts';

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

/** An event as it is told. */
export const ToldEvent = StoreEvent.extend({ sequence: z.int().describe('Its place among all events of the server, from 1') });
export type ToldEvent = z.infer<typeof ToldEvent>;

/** Params of `pyi/subscribe`. An event is told when all that is given fits. */
export const SubscribeParams = z.object({
  repository: Repository.optional(),
  kinds: z.array(StoreEvent.shape.kind).min(1).max(100).optional().describe('Only of these kinds'),
  agent: z.string().min(1).max(200).optional().describe('Only what is of this agent'),
  fork: z.string().min(1).max(200).optional().describe('Only what is about the fork of this id'),
  after: z.int().min(0).optional().describe('The last sequence number that was heard: what came after it is told first'),
  epoch: z.string().min(1).max(100).optional().describe('The epoch in which that number was heard'),
});
export type SubscribeParams = z.infer<typeof SubscribeParams>;

export const SubscribeResult = z.object({
  subscribed: z.literal(true),
  epoch: z.string().describe('Names the life of this server, in which sequence numbers count'),
  sequence: z.int().describe('The number of the last event so far; what is told later has a greater one'),
  missed: z.boolean().describe('Some of the events after "after" are not known any more: look at the state itself'),
});
export type SubscribeResult = z.infer<typeof SubscribeResult>;

/** Params of `pyi/unsubscribe`. */
export const UnsubscribeParams = z.object({ repository: Repository.optional().describe('End the subscriptions to this repository; all of the connection when absent') });
export const UnsubscribeResult = z.object({ ended: z.int().describe('Subscriptions that were ended') });
