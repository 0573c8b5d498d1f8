import type { Database, SqlJsStatic } from 'sql.js';
import type { CatalogEntry } from './entries.ts';
import type { CatalogCounts } from './queries.ts';
import { CatalogReader } from './reader.ts';
import { CONNECTION_PRAGMAS, CREATE_TABLES } from './schema.ts';
import { Statements } from './statements.ts';
import { CatalogWriter } from './writer.ts';

/** The catalog's SQLite database, in memory. Synchronous; belongs in a worker thread once it is large. */
export class CatalogDatabase {
  readonly #database: Database;
  readonly #sql: Statements;
  readonly #writer: CatalogWriter;
  readonly read: CatalogReader;
  #sequence: number;
  #unsaved = 0;

  /** @param image an exported database with the journal sequence that it is current to; a new database without */
  constructor(sqlJs: SqlJsStatic, image?: { bytes: Uint8Array; sequence: number }) {
    this.#database = new sqlJs.Database(image?.bytes);
    this.#database.run(CONNECTION_PRAGMAS);
    if (image === undefined) this.#database.run(CREATE_TABLES);
    this.#sequence = image?.sequence ?? 0;
    this.#sql = new Statements(this.#database);
    this.#writer = new CatalogWriter(this.#sql);
    this.read = new CatalogReader(this.#sql);
  }

  /** Journal sequence up to which every entry was put, but perhaps not every entry of this very sequence. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Changes since the last export. */
  get unsaved(): number {
    return this.#unsaved;
  }

  /** Puts a batch of entries, all or nothing. */
  put(entries: readonly CatalogEntry[], sequence: number): void {
    this.#transact(() => {
      for (const entry of entries) this.#writer.put(entry);
    });
    this.#sequence = Math.max(this.#sequence, sequence);
    this.#unsaved += entries.length;
  }

  counts(): CatalogCounts {
    return { ...this.read.counts(), sequence: this.#sequence };
  }

  /** The database as a file image. */
  export(): Uint8Array {
    // sql.js frees every statement and opens the database anew.
    this.#sql.forget();
    const bytes = this.#database.export();
    this.#database.run(CONNECTION_PRAGMAS);
    this.#unsaved = 0;
    return bytes;
  }

  close(): void {
    this.#database.close();
  }

  #transact(change: () => void): void {
    this.#database.run('BEGIN');
    try {
      change();
      this.#database.run('COMMIT');
    } catch (error) {
      this.#database.run('ROLLBACK');
      throw error;
    }
  }
}
