import type { Caller } from '../../protocol/registry.ts';
import type { AgentState } from '../../protocol/values.ts';
import type { Clock } from '../engine/ports.ts';
import type { AgentRecord } from '../engine/records.ts';

interface Presence {
  /** The connection that acts for the agent. */
  caller: Caller;
  /** µs, monotonic. */
  lastSeen: number;
  lost: boolean;
  /** Calls that it may make at once. */
  allowance: number;
  refilled: number;
}

/**
 * Which connections act for the agents of one store, and whether they are alive. In memory only: after a restart every agent is
 * lost until it attaches.
 */
export class AgentSessions {
  readonly #clock: Clock;
  readonly #onLost: (agent: string) => void;
  readonly #presences = new Map<string, Presence>();

  /** @param onLost told once, when an agent's connection ends or it falls silent */
  constructor(clock: Clock, onLost: (agent: string) => void) {
    this.#clock = clock;
    this.#onLost = onLost;
  }

  /** From now on `caller` acts for the agent. Returns whether another connection did. */
  bind(agent: string, caller: Caller): boolean {
    const before = this.#presences.get(agent);
    const now = this.#clock.micros();
    const presence: Presence = { caller, lastSeen: now, lost: false, allowance: before?.allowance ?? Infinity, refilled: before?.refilled ?? now };
    this.#presences.set(agent, presence);
    if (before?.caller !== caller) caller.ended.addEventListener('abort', () => { this.#end(agent, caller); }, { once: true });
    return before !== undefined && before.caller !== caller && !before.lost;
  }

  /** True while `caller` is the one that acts for the agent. */
  isHeldBy(agent: string, caller: Caller): boolean {
    return this.#presences.get(agent)?.caller === caller;
  }

  /** The agent gave a sign of life. */
  seen(agent: string): void {
    const presence = this.#presences.get(agent);
    if (presence === undefined) return;
    presence.lastSeen = this.#clock.micros();
    presence.lost = presence.caller.ended.aborted;
  }

  /** Takes one call from what an agent may make a second; false when it has none left. It may save up those of one second. */
  takeCall(agent: string, perSecond: number): boolean {
    const presence = this.#presences.get(agent);
    if (presence === undefined) return true;
    const now = this.#clock.micros();
    const most = Math.max(1, perSecond);
    presence.allowance = Math.min(most, presence.allowance + (now - presence.refilled) / 1e6 * perSecond);
    presence.refilled = now;
    if (presence.allowance < 1) return false;
    presence.allowance--;
    return true;
  }

  /** What an agent is, of all that is known. */
  stateOf(agent: string, record: AgentRecord | undefined): AgentState {
    if (record === undefined) return 'unregistered';
    if (record.standing !== 'active') return record.standing;
    return this.#presences.get(agent)?.lost === false ? 'connected' : 'lost';
  }

  /** Marks those that have been silent for too long. Called now and then. */
  checkHeartbeats(agents: ReadonlyMap<string, AgentRecord>): void {
    const now = this.#clock.micros();
    for (const [agent, presence] of this.#presences) {
      const limit = agents.get(agent)?.heartbeatMillis ?? null;
      if (presence.lost || limit === null || now - presence.lastSeen <= limit * 1000) continue;
      presence.lost = true;
      this.#onLost(agent);
    }
  }

  #end(agent: string, caller: Caller): void {
    const presence = this.#presences.get(agent);
    if (presence?.caller !== caller || presence.lost) return;
    presence.lost = true;
    this.#onLost(agent);
  }
}
