import { readJsonPrefix } from './json-prefix.ts';

/** What Claude Code tells a hook on stdin, as far as PYI looks at it (docs/claude-code.md). */

/** The hooks that PYI answers. */
export const HOOK_EVENTS = [
  'SessionStart', 'UserPromptSubmit', 'PreToolUse', 'PostToolUse', 'PostToolUseFailure', 'SubagentStart', 'SubagentStop', 'Stop', 'SessionEnd',
  'WorktreeCreate', 'WorktreeRemove',
] as const;
export type HookEvent = (typeof HOOK_EVENTS)[number];

/** Those that only record: they may be let go when there is no time. The others have something to say. */
export type RecordingEvent = Exclude<HookEvent, 'WorktreeCreate' | 'WorktreeRemove'>;

export function isHookEvent(name: string | undefined): name is HookEvent {
  return HOOK_EVENTS.includes(name as HookEvent);
}

export function isRecording(event: HookEvent): event is RecordingEvent {
  return event !== 'WorktreeCreate' && event !== 'WorktreeRemove';
}

/** How much of a payload is kept, in bytes, as in front/hook.c. What names tool and place stands before the content. */
export const MAX_PAYLOAD_BYTES = 128 * 1024;

/** A payload. Texts in it are from outside: of any length that fits, and with any character but NUL. */
export interface HookPayload {
  /** False when the payload was no JSON: then only the hook's own directory is known. */
  readonly isReadable: boolean;
  readonly session: string | undefined;
  readonly agentId: string | undefined;
  readonly agentType: string | undefined;
  readonly cwd: string | undefined;
  readonly tool: string | undefined;
  /** The file that the tool is about, as it was named. */
  readonly file: string | undefined;
  /** What a shell was asked to run. It may hold secrets: it is looked at, and never kept or printed. */
  readonly command: string | undefined;
  readonly worktree: { readonly name: string | undefined; readonly base: string | undefined; readonly source: string | undefined; readonly path: string | undefined };
}

/** Reads what there is of a payload. Never throws: a hook has to end well whatever it was given. */
export function readPayload(bytes: Uint8Array): HookPayload {
  const root = readJsonPrefix(Buffer.from(bytes).toString('utf8').replace(/^\ufeff/, ''));
  const top = record(root);
  const input = record(top['tool_input']);
  return {
    isReadable: typeof root === 'object' && root !== null && !Array.isArray(root),
    session: text(top['session_id']),
    agentId: text(top['agent_id']),
    agentType: text(top['agent_type']),
    cwd: text(top['cwd']),
    tool: text(top['tool_name']),
    file: text(input['file_path']) ?? text(input['notebook_path']),
    command: text(input['command']),
    worktree: {
      name: text(top['name']) ?? text(top['worktree_name']),
      base: text(top['base_path']),
      source: text(top['source_ref']),
      path: text(top['worktree_path']),
    },
  };
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value as Record<string, unknown> : {};
}

/** A text that may name something. */
function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && !value.includes('\0') ? value : undefined;
}
