import { PyiError } from '../../protocol/errors.ts';
import type { HexId } from '../../protocol/ids.ts';
import { isIdPrefix } from '../../protocol/ids.ts';
import { nearest } from '../../protocol/nearest.ts';
import type { Engine } from './engine.ts';
import { ObjectType } from './ports.ts';
import type { Fork } from './state.ts';

/** How people name forks and checkpoints: by name, id, or unique prefix of an id. */

const MIN_PREFIX = 4;

/**
 * The fork that `reference` names: a live fork's name first, then an id or unique prefix of one (live or not).
 * @throws PyiError `NOT_FOUND`, `INVALID_ARGUMENT` (ambiguous)
 */
export function resolveFork(engine: Engine, reference: string): Fork {
  const found = findFork(engine, reference);
  if (found === undefined) {
    throw new PyiError('NOT_FOUND', `There is no fork ${JSON.stringify(reference)}`, `${didYouMean(engine, reference)}List forks with "pyi forks" ("--all" shows merged and discarded ones).`);
  }
  return found;
}

/** As {@link resolveFork}, undefined when nothing matches. */
export function findFork(engine: Engine, reference: string): Fork | undefined {
  const byName = engine.state.names.get(reference);
  if (byName !== undefined) return engine.state.forks.get(byName);
  const matches = forksByPrefix(engine, reference.toLowerCase());
  if (matches.length > 1) throw ambiguous(reference, matches.map(describeFork));
  return matches[0] ?? newestEndedByName(engine, reference);
}

/** Forks whose id is or begins with `prefix`. */
function forksByPrefix(engine: Engine, prefix: string): Fork[] {
  if (!isIdPrefix(prefix)) return [];
  const exact = engine.state.forks.get(prefix);
  if (exact !== undefined) return [exact];
  return Array.from(engine.state.forks.values()).filter((fork) => fork.id.startsWith(prefix));
}

/**
 * The checkpoint that `reference` names: an id, a unique prefix of one, a fork, which stands for its head, or the name that a person
 * gave a checkpoint.
 * @throws PyiError `NOT_FOUND`, `INVALID_ARGUMENT` (ambiguous)
 */
export function resolveCheckpoint(engine: Engine, reference: string): HexId {
  const found = findCheckpoint(engine, reference) ?? findFork(engine, reference)?.head;
  if (found === undefined) {
    throw new PyiError('NOT_FOUND', `There is no checkpoint or fork ${JSON.stringify(reference)}`,
      `${didYouMean(engine, reference, checkpointNames(engine))}List checkpoints with "pyi timeline"; ids may be shortened to a unique prefix of at least ${MIN_PREFIX} digits.`);
  }
  return found;
}

/**
 * A checkpoint by id or unique prefix, or by its name unless a fork answers to that; undefined when nothing matches.
 * @throws PyiError `INVALID_ARGUMENT` (ambiguous)
 */
export function findCheckpoint(engine: Engine, reference: string): HexId | undefined {
  const found = checkpointByPrefix(engine, reference);
  if (found !== undefined || engine.state.pins.size === 0 || findFork(engine, reference) !== undefined) return found;
  return checkpointByName(engine, reference);
}

/** Whoever asks takes forks as well, so a prefix that fits a fork too is ambiguous: to take one of the two would be a guess. */
function checkpointByPrefix(engine: Engine, reference: string): HexId | undefined {
  const prefix = reference.toLowerCase();
  if (prefix.length < MIN_PREFIX || !isIdPrefix(prefix) || engine.state.names.has(reference)) return undefined;
  const matches = engine.store.findByPrefix(ObjectType.checkpoint, prefix, 6);
  if (matches.length === 0) return undefined;
  const candidates = [...matches.map((id) => id.slice(0, 16)), ...forksByPrefix(engine, prefix).map(describeFork)];
  if (candidates.length > 1) throw ambiguous(reference, candidates);
  return matches[0];
}

/** Nothing keeps two checkpoints from having the same name. Then it names neither. */
function checkpointByName(engine: Engine, reference: string): HexId | undefined {
  const matches: HexId[] = [];
  for (const [id, name] of engine.state.pins) if (name === reference) matches.push(id);
  if (matches.length > 1) throw ambiguous(reference, matches.map((id) => id.slice(0, 16)), 'Give the id of the one that you mean.');
  return matches[0];
}

function checkpointNames(engine: Engine): string[] {
  return Array.from(engine.state.pins.values()).filter((name) => name !== null);
}

/** Merged and discarded forks give their names back; the newest still answers to it while nobody else does. */
function newestEndedByName(engine: Engine, name: string): Fork | undefined {
  let newest: Fork | undefined;
  for (const fork of engine.state.forks.values()) if (fork.name === name) newest = fork;
  return newest;
}

function didYouMean(engine: Engine, reference: string, more: readonly string[] = []): string {
  const near = nearest(reference, [...engine.state.names.keys(), ...more]);
  return near === undefined ? '' : `Did you mean ${near}? `;
}

function describeFork(fork: Fork): string {
  return `${fork.id.slice(0, 16)} (${fork.name})`;
}

function ambiguous(reference: string, candidates: readonly string[], hint = 'Give more digits.'): PyiError {
  const shown = candidates.slice(0, 5).join(', ');
  return new PyiError('INVALID_ARGUMENT', `${JSON.stringify(reference)} is ambiguous: ${shown}${candidates.length > 5 ? ', …' : ''}`, hint);
}
