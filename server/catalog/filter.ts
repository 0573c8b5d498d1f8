import type { SqlValue } from 'sql.js';
import type { CheckpointFilter } from './queries.ts';

/** What a query reads, as SQL with its parameters. */
export interface FilterClause {
  /** `checkpoints c`, and which of them. */
  readonly from: string;
  readonly params: SqlValue[];
  /** False when an index has all that the conditions ask for, whichever columns are selected. */
  readonly readsRows: boolean;
}

export type Condition = readonly [sql: string, params: readonly SqlValue[]];

/**
 * Which rows a filter takes. `more` is one more condition.
 *
 * Where a text is looked for in all there is, SQLite's planner would walk the narrow index by time and read a row for each step.
 */
export function checkpointFilter({ fork, agent, task, kinds, text, after, before }: CheckpointFilter, more?: Condition): FilterClause {
  const conditions: Condition[] = [];
  if (fork !== undefined) conditions.push(['c.fork = (SELECT id FROM forks WHERE fork = ?)', [fork]]);
  if (agent !== undefined) conditions.push(['c.agent = (SELECT id FROM agents WHERE name = ?)', [agent]]);
  if (task !== undefined) conditions.push(['c.fork IN (SELECT id FROM forks WHERE task IS ?)', [task]]);
  if (kinds !== undefined) conditions.push(['c.kind IN (SELECT value FROM json_each(?))', [JSON.stringify(kinds)]]);
  if (after !== undefined) conditions.push(['c.time >= ?', [after]]);
  if (before !== undefined) conditions.push(['c.time < ?', [before]]);
  if (text !== undefined) conditions.push(textCondition(containing(text)));
  if (more !== undefined) conditions.push(more);
  const everywhere = fork === undefined && agent === undefined && task === undefined;
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.map(([sql]) => sql).join(' AND ')}`;
  return {
    from: `checkpoints c${text !== undefined && everywhere ? ' INDEXED BY checkpoints_text' : ''}${where}`,
    params: conditions.flatMap(([, params]) => params), readsRows: kinds !== undefined || text !== undefined,
  };
}

/** Names are few and stand elsewhere: they are looked through once, before the rows. */
function textCondition(pattern: string): Condition {
  return [
    "(c.message LIKE ? ESCAPE '\\' OR c.cause LIKE ? ESCAPE '\\'"
    + " OR c.id IN (SELECT named.id FROM pins JOIN checkpoints named ON named.checkpoint = pins.checkpoint WHERE pins.name LIKE ? ESCAPE '\\'))",
    [pattern, pattern, pattern],
  ];
}

/** A LIKE pattern for text that has `text` in it, with LIKE's own signs taken literally. */
function containing(text: string): string {
  return `%${text.replace(/[\\%_]/g, '\\$&')}%`;
}
