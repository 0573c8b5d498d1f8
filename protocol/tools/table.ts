import { shortId } from '../ids.ts';
import { changeCounts } from '../text.ts';
import type { Insight } from '../values.ts';
import { compactCheckpoint, compactFork, compactPaths, evidenceEnd, leavesOut, listed, readable } from './compact.ts';
import { tool, wholeNumber } from './tool.ts';
import type { Arguments, Parameter, Tool } from './tool.ts';
import { printUri } from './uri.ts';

/**
 * The operations that agents get as tools: those of the way from an idea to a commit. The others are for people and programs, or an agent has
 * something better: it writes files in the directory of its fork. A tool is made by one entry here.
 */

const text = (description?: string): Parameter => ({ type: 'string', ...(description === undefined ? {} : { description }) });
const texts = (description: string): Parameter => ({ type: 'array', items: { type: 'string' }, description });
const flag = (description: string): Parameter => ({ type: 'boolean', description });
const whole = (description?: string): Parameter => ({ type: 'integer', ...(description === undefined ? {} : { description }) });

const repository = text();
const fork = text('Name or id; default: the one of the directory');

/** Rows of a page. */
const PAGE = 30;
const MOST_ROWS = 200;
/** Bytes of a file in one answer. */
const READ_BYTES = 32 * 1024;
/** Characters of a patch that an answer holds; a longer one is read by reference. */
const PATCH_CHARACTERS = 24_000;

const pageOf = (given: Arguments): { limit: number; offset: number } => ({
  limit: wholeNumber(given, 'limit', { least: 1, most: MOST_ROWS, otherwise: PAGE }), offset: wholeNumber(given, 'offset', { least: 0, most: Number.MAX_SAFE_INTEGER, otherwise: 0 }),
});
const filesOf = ({ filesAdded, filesChanged, filesDeleted }: Insight): string => changeCounts({ added: filesAdded, changed: filesChanged, deleted: filesDeleted, conflicts: 0 });
const ids = (all: readonly string[]): string[] => all.map(shortId);
const seconds = (millis: number): number => Math.round(millis / 100) / 10;
const when = <T extends object>(is: boolean, value: T): T | Record<string, never> => (is ? value : {});

export const TOOLS: readonly Tool[] = [
  tool({
    operation: 'checkpoint', title: 'Take Checkpoint', effect: 'changes',
    description: 'Record the state of a fork, to come back to it. Cheap: take one before every risky step.',
    parameters: { repository, fork, message: text() },
    answer: ({ checkpoint, fork: of, insight }) => ({ value: { checkpoint: shortId(checkpoint), fork: shortId(of), files: filesOf(insight) || 'no change' } }),
  }),
  tool({
    operation: 'fork', title: 'New Fork', effect: 'changes',
    description: 'Start an isolated copy of the files with a directory of its own. Work in "dir" of the answer.',
    parameters: {
      repository, name: text(), from: text('Fork or checkpoint; default: the files as they are now'), agent: text('Who works in it'),
      task: text('Forks of one task compete: one wins, the others are discarded'),
    },
    ask: (given, { agent }) => ({ ...when(agent !== undefined, { agent }), ...given }),
    answer: ({ fork: id, name, agent, base, dir }) => ({ value: { name, id: shortId(id), agent, base: shortId(base), ...when(dir !== null, { dir }) } }),
  }),
  tool({
    operation: 'forks', title: 'List Forks', effect: 'reads',
    description: 'List live forks: changes against the base, last verdict, directory.',
    parameters: { repository, task: text(), all: flag('Ended ones too'), limit: whole(), offset: whole() },
    // The operation lists all.
    ask: (given) => Object.fromEntries(Object.entries(given).filter(([name]) => name !== 'limit' && name !== 'offset')),
    answer: (all, given) => {
      const { limit, offset } = pageOf(given);
      const next = offset + limit;
      return { value: { total: all.length, forks: all.slice(offset, next).map(compactFork), ...when(next < all.length, { nextOffset: next }) } };
    },
  }),
  tool({
    operation: 'timeline', title: 'List Checkpoints', effect: 'reads',
    description: 'List checkpoints, newest first.',
    parameters: { repository, fork: text('Only of this one'), text: text('Only with this in message, name or cause'), limit: whole(), offset: whole() },
    ask: (given) => {
      const { limit, offset } = pageOf(given);
      // One more tells whether there is another page.
      return { ...given, limit: limit + 1, offset };
    },
    answer: (rows, given) => {
      const { limit, offset } = pageOf(given);
      return { value: { checkpoints: rows.slice(0, limit).map(compactCheckpoint), ...when(rows.length > limit, { nextOffset: offset + limit }) } };
    },
  }),
  tool({
    operation: 'changes', title: 'Compare States', effect: 'reads',
    description: 'Compare two states: checkpoints, forks, Git revisions. A fork alone is compared with its base.',
    parameters: { repository, from: text('Default: the last checkpoint'), to: text('Default: the directory as it is now'), patch: flag('With the lines') },
    ask: (given) => ({ ...given, details: true }),
    answer: (changes, _given, { repository: elsewhere }) => {
      const { patch = '', details } = changes;
      const isLong = patch.length > PATCH_CHARACTERS;
      const value = { ...compactPaths(changes), ...when(patch !== '' && !isLong, { patch }), ...when(isLong, { patchCharacters: patch.length }) };
      if (!isLong && !leavesOut(changes)) return { value };
      return { value, reference: { uri: printUri({ kind: 'diff', from: details?.from ?? undefined, to: details?.to ?? undefined, repository: elsewhere }), name: 'the whole diff', mimeType: 'text/x-diff', command: `pyi changes${[details?.from, details?.to].map((state) => (state === null || state === undefined ? '' : ` ${shortId(state)}`)).join('')} --patch` } };
    },
  }),
  tool({
    operation: 'read', title: 'Read File', effect: 'reads',
    description: 'Read a file as it is in a fork or was at a checkpoint.',
    parameters: { repository, fork: text('Fork or checkpoint'), path: text(), offset: whole('In bytes') }, required: ['fork', 'path'],
    ask: (given) => ({ ...given, length: READ_BYTES }),
    answer: ({ path, mode, size, base64, end }, given, { repository: elsewhere }) => {
      const { bytes, ...content } = readable(base64);
      const next = wholeNumber(given, 'offset', { least: 0, most: Number.MAX_SAFE_INTEGER, otherwise: 0 }) + bytes;
      const value = { ...content, ...when(mode !== 'file', { mode }), ...when(!end, { size, nextOffset: next }) };
      const mimeType = 'text' in content ? 'text/plain' : 'application/octet-stream';
      return { value, ...when(!end, { reference: { uri: printUri({ kind: 'file', state: String(given['fork']), path, repository: elsewhere }), name: path, mimeType, command: `pyi read ${String(given['fork'])} "${path}"` } }) };
    },
  }),
  tool({
    operation: 'rewind', title: 'Rewind', effect: 'destroys', idempotent: true,
    description: 'Bring a fork, or some paths of it, back to a checkpoint. "undo" takes it back.',
    parameters: { repository, fork, checkpoint: text(), paths: texts('Only these files or directories') }, required: ['checkpoint'],
    answer: ({ fork: of, to, recovery, written, removed }) => ({ value: { fork: shortId(of), to: shortId(to), before: shortId(recovery), ...listed('written', written), ...listed('removed', removed) } }),
  }),
  tool({
    operation: 'undo', title: 'Undo', effect: 'destroys',
    description: 'Undo the last rewind, collapse, discard or integrate of a fork; again to redo.',
    parameters: { repository, fork },
    answer: ({ fork: of, undone, head, written, removed }) => ({ value: { undone, fork: shortId(of), head: shortId(head), ...listed('written', written), ...listed('removed', removed) } }),
  }),
  tool({
    operation: 'observe', title: 'Observe', effect: 'changes', runs: true,
    description: 'Run a validator (a test, a build) in a fork and record the verdict, or tell a score of your own.',
    parameters: { repository, fork: text('Name or id'), command: texts('Program and arguments; exit code 0 is ok'), score: { type: 'number' }, evidence: text(), timeoutSeconds: { type: 'number' } }, required: ['fork'],
    answer: ({ fork: of, checkpoint, ok, exit, score, millis, evidence }) => ({
      value: { ok, ...when(exit !== null, { exit }), ...when(score !== null, { score }), fork: shortId(of), checkpoint: shortId(checkpoint), seconds: seconds(millis), ...evidenceEnd(evidence) },
    }),
  }),
  tool({
    operation: 'collapse', title: 'Collapse', effect: 'destroys',
    description: 'Make a fork the winner: an ordinary Git commit; the other forks of its task are discarded. "undo" takes it back.',
    parameters: { repository, fork: text('The winner; default: the best of the task'), task: text(), message: text('Of the commit'), keep: flag('Keep the losers'), dryRun: flag('Only tell') },
    answer: ({ winner, commit, branch, discarded, written, removed, message }, given) => ({
      value: { winner: shortId(winner), ...when(commit !== null, { commit }), ...when(branch !== null, { branch }), ...when(given['dryRun'] === true, { message }), ...listed('discarded', ids(discarded)), ...listed('written', written), ...listed('removed', removed) },
    }),
  }),
  tool({
    operation: 'submit', title: 'Submit', effect: 'destroys', runs: true,
    description: 'Collapse in turn, when others do so too: rebase onto the tip, validate, commit. On "conflict" resolve the files in the fork and submit again.',
    parameters: { repository, fork: text('Name or id'), message: text('Of the commit'), validate: texts('Program and arguments'), keep: flag('Keep the other forks of the task') }, required: ['fork'],
    answer: ({ fork: of, outcome, commit, checkpoint, rebased, conflicts, discarded, exit, evidence }) => ({
      value: {
        outcome, fork: shortId(of), ...when(commit !== null, { commit }), checkpoint: shortId(checkpoint), ...when(rebased, { rebased }),
        ...listed('conflicts', conflicts), ...listed('discarded', ids(discarded)), ...when(exit !== null, { exit }), ...when(outcome !== 'collapsed', evidenceEnd(evidence)),
      },
    }),
  }),
  tool({
    operation: 'race', title: 'Race', effect: 'destroys', runs: true,
    description: 'Fork several times, run "try" in each, judge each with "validate", collapse the best.',
    parameters: {
      repository, count: whole('Forks'), task: text(), try: text('Shell command; PYI_RACE_INDEX is set'), validate: text('Shell command'), message: text('Of the commit'),
      parallel: whole(), timeoutSeconds: { type: 'number' }, collapse: flag('Default true'),
    },
    required: ['count', 'try', 'validate'],
    answer: ({ task, winner, commit, attempts, discarded }) => ({
      value: {
        task, winner: winner === null ? null : shortId(winner), ...when(commit !== null, { commit }),
        ...listed('attempts', attempts.map(({ name, ok, score, exit, millis }) => ({ name, ok, ...when(score !== null, { score }), ...when(exit !== null, { exit }), seconds: seconds(millis) }))),
        discarded: discarded.length,
      },
    }),
  }),
  tool({
    operation: 'discard', title: 'Discard Forks', effect: 'destroys',
    description: 'Give forks up. "undo" brings them back until they are swept.',
    parameters: { repository, forks: texts('Names or ids') }, required: ['forks'],
    answer: ({ discarded }) => ({ value: { ...listed('discarded', ids(discarded)) } }),
  }),
  tool({
    operation: 'claim', title: 'Claim Paths', effect: 'changes', idempotent: true,
    description: 'Say which paths you work on (advisory; replaces what you claimed), and learn who else works on or changed them.',
    parameters: { repository, fork: text('Name or id'), globs: texts('As in .gitignore; none gives the claim up') }, required: ['globs'],
    ask: (given, { agent }) => ({ ...when(given['fork'] === undefined && agent !== undefined, { agent }), ...given }),
    answer: ({ claim, overlaps }) => ({
      value: {
        agent: claim.agent, globs: claim.globs,
        ...listed('overlaps', overlaps.map(({ agent, fork: of, globs, paths }) => ({ agent, ...when(of !== null, { fork: shortId(of ?? '') }), ...listed('globs', globs.map(({ theirs }) => theirs), 5), ...listed('paths', paths, 10) }))),
      },
    }),
  }),
];
