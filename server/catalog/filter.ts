import type { SqlValue } from 'sql.js';
import type { CheckpointFilter } from './queries.ts';

/** A condition on rows of `checkpoints c`, as SQL with its parameters; nothing when all rows are meant. */
export interface FilterClause {
  readonly where: string;
  readonly params: SqlValue[];
}

type Condition = readonly [sql: string, params: readonly SqlValue[]];

/** Which rows a filter takes. Everything that is no column of an index costs a look at the row. */
export function checkpointFilter({ fork, agent, task, kinds, text, after, before }: CheckpointFilter): FilterClause {
  const conditions: Condition[] = [];
  if (fork !== undefined) conditions.push(['c.fork = (SELECT id FROM forks WHERE fork = ?)', [fork]]);
  if (agent !== undefined) conditions.push(['c.agent = (SELECT id FROM agents WHERE name = ?)', [agent]]);
  if (task !== undefined) conditions.push(['c.fork IN (SELECT id FROM forks WHERE task IS ?)', [task]]);
  if (kinds !== undefined) conditions.push(['c.kind IN (SELECT value FROM json_each(?))', [JSON.stringify(kinds)]]);
  if (after !== undefined) conditions.push(['c.time >= ?', [after]]);
  if (before !== undefined) conditions.push(['c.time < ?', [before]]);
  if (text !== undefined) conditions.push(textCondition(containing(text)));
  return {
    where: conditions.length === 0 ? '' : ` WHERE ${conditions.map(([sql]) => sql).join(' AND ')}`,
    params: conditions.flatMap(([, params]) => params),
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
