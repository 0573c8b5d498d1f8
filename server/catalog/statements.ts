import type { Database, SqlValue, Statement } from 'sql.js';

/** Prepared statements of a database by their text. An export closes them all; {@link forget} says so. */
export class Statements {
  readonly #database: Database;
  readonly #prepared = new Map<string, Statement>();

  constructor(database: Database) {
    this.#database = database;
  }

  run(sql: string, params: SqlValue[] = []): void {
    this.#prepare(sql).run(params);
  }

  /** The first row, or undefined. */
  first(sql: string, params: SqlValue[] = []): SqlValue[] | undefined {
    const statement = this.#prepare(sql);
    try {
      statement.bind(params);
      return statement.step() ? statement.get() : undefined;
    } finally {
      statement.reset();
    }
  }

  all<T>(sql: string, params: SqlValue[], read: (row: SqlValue[]) => T): T[] {
    const statement = this.#prepare(sql);
    const rows: T[] = [];
    try {
      statement.bind(params);
      while (statement.step()) rows.push(read(statement.get()));
      return rows;
    } finally {
      statement.reset();
    }
  }

  forget(): void {
    this.#prepared.clear();
  }

  #prepare(sql: string): Statement {
    let statement = this.#prepared.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#prepared.set(sql, statement);
    }
    return statement;
  }
}
