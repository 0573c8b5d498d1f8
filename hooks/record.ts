import * as path from 'node:path';
import { PyiError } from '../protocol/errors.ts';
import type { OperationName, ParamsInput, Result } from '../protocol/registry.ts';
import type { CheckpointKind, Level } from '../protocol/values.ts';
import { destructiveParts } from './destructive.ts';
import type { HookPayload, RecordingEvent } from './payload.ts';

/** How operations are called: inside the server, or over a connection. */
export type Call = <N extends OperationName>(name: N, params: ParamsInput<N>) => Promise<Result<N>>;

/** A state that a hook recorded, or found recorded. */
export interface Recorded {
  readonly root: string;
  readonly fork: string;
  readonly checkpoint: string;
}

/** What a hook came to. `notes` is for the log: why a directory was not recorded. */
export interface HookOutcome {
  readonly recorded: readonly Recorded[];
  readonly notes: readonly string[];
}

/**
 * Records the forks whose directories a payload names, if anything changed there: by what is in the directories, so it does not matter which tool, shell
 * or program wrote it. A directory without a store is left alone: a hook sets nothing up.
 * @param directory where the hook runs, for a payload that does not say
 */
export async function recordHook(event: RecordingEvent, payload: HookPayload, directory: string, call: Call): Promise<HookOutcome> {
  const recorded: Recorded[] = [];
  const notes: string[] = payload.isReadable ? [] : ['the payload was no JSON'];
  const seen = new Set<string>();
  for (const place of placesOf(payload, directory)) {
    try {
      const { root, fork } = await call('where', { repository: place });
      if (seen.has(root)) continue;
      seen.add(root);
      if (fork === null) notes.push(`${root} is no directory of a live fork`);
      else recorded.push({ root, fork, checkpoint: (await call('checkpoint', { repository: place, fork, ifChanged: true, ...attributes(event, payload, root) })).checkpoint });
    } catch (error) {
      // A hook never fails. What is not set up is none of its business, and the file of a tool may be in a directory that is gone.
      notes.push(`${place}: ${PyiError.is(error) ? error.message : String(error)}`);
    }
  }
  return { recorded, notes };
}

/** The session's directory, and that of the file which the tool is about: it may be in another repository. */
function placesOf({ cwd, file }: HookPayload, directory: string): string[] {
  const start = cwd !== undefined && path.isAbsolute(cwd) ? cwd : directory;
  return [...new Set([start, ...(file === undefined ? [] : [path.dirname(path.resolve(start, file))])])];
}

interface Attributes { readonly message: string; readonly cause: string; readonly kind: CheckpointKind; readonly level: Level }

/** What a checkpoint says of itself: event, tool and file. Never a prompt, a command, or a part of a transcript. */
function attributes(event: RecordingEvent, payload: HookPayload, root: string): Attributes {
  const isTool = event === 'PreToolUse' || event === 'PostToolUse' || event === 'PostToolUseFailure';
  return {
    message: messageOf(event, payload, root), cause: causeOf(event, payload), kind: isTool ? 'tool' : 'automatic',
    // The turn is over, so there is time: what it did survives power loss.
    level: event === 'Stop' || event === 'SessionEnd' ? 'disk' : 'process',
  };
}

function messageOf(event: RecordingEvent, payload: HookPayload, root: string): string {
  const subagent = `subagent ${word(payload.agentType) ?? ''}`.trimEnd();
  switch (event) {
    case 'SessionStart': return 'start of a session';
    case 'UserPromptSubmit': return 'before a prompt';
    case 'SubagentStart': return `before ${subagent}`;
    case 'SubagentStop': return `${subagent} ended`;
    case 'Stop': return 'end of a turn';
    case 'SessionEnd': return 'end of the session';
    case 'PreToolUse': {
      const parts = destructiveParts(payload.command ?? '');
      return `before ${toolOf(payload, root)}${parts.length === 0 ? '' : `: ${parts.join(', ')}`}`;
    }
    case 'PostToolUse': return toolOf(payload, root);
    case 'PostToolUseFailure': return `${toolOf(payload, root)} (failed)`;
  }
}

/** `Edit src/a.ts`; of a file outside of the fork only the tool. */
function toolOf({ tool, file, cwd }: HookPayload, root: string): string {
  const name = word(tool) ?? 'a tool';
  if (file === undefined) return name;
  const relative = path.relative(root, path.resolve(cwd ?? root, file));
  const isInside = relative !== '' && !relative.startsWith('..') && !path.isAbsolute(relative);
  return isInside ? `${name} ${relative.slice(0, LONGEST_PATH).replaceAll('\\', '/')}` : name;
}

const LONGEST_PATH = 500;

function causeOf(event: RecordingEvent, { session, agentId, agentType }: HookPayload): string {
  const parts = [['session', word(session)], ['subagent', word(agentType)], ['subagent id', word(agentId)]].flatMap(([name, value]) => (value === undefined ? [] : [`${name ?? ''} ${value}`]));
  return [`Claude Code ${event}`, ...parts].join(', ');
}

/** A name from outside, if it is one: nothing else gets into what is kept. */
function word(text: string | undefined): string | undefined {
  return text !== undefined && /^[\w.:-]{1,100}$/.test(text) ? text : undefined;
}
