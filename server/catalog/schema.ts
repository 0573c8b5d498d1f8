/**
 * Bumped with every change below, and with every change of what is put into the tables: an older file is then
 * rebuilt from the journal, so there are no migrations.
 */
export const CATALOG_SCHEMA = 2;

/**
 * Ids of checkpoints and roots are kept raw; agents, forks and positions of Git by number: a database of 200,000 checkpoints
 * is exported and read back whole, so its size is what saving it costs.
 *
 * A purged fork stays as a row while checkpoints of it are kept, because these name it.
 */
export const CREATE_TABLES = `
CREATE TABLE agents (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
);
CREATE TABLE forks (
  id INTEGER PRIMARY KEY,
  fork TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  agent INTEGER REFERENCES agents (id),
  task TEXT,
  parent TEXT,
  base BLOB,
  head BLOB,
  state TEXT NOT NULL CHECK (state IN ('live', 'merged', 'discarded', 'purged')),
  dir TEXT,
  probability REAL,
  ttl INTEGER,
  created INTEGER
);
CREATE INDEX forks_task ON forks (task, state) WHERE task IS NOT NULL;
CREATE TABLE git_positions (
  id INTEGER PRIMARY KEY,
  position TEXT NOT NULL UNIQUE
);
CREATE TABLE checkpoints (
  id INTEGER PRIMARY KEY,
  checkpoint BLOB NOT NULL UNIQUE,
  root BLOB NOT NULL,
  fork INTEGER NOT NULL REFERENCES forks (id),
  agent INTEGER NOT NULL REFERENCES agents (id),
  time INTEGER NOT NULL,
  kind TEXT NOT NULL,
  message TEXT NOT NULL,
  cause TEXT NOT NULL,
  git INTEGER REFERENCES git_positions (id),
  files_added INTEGER NOT NULL,
  files_changed INTEGER NOT NULL,
  files_deleted INTEGER NOT NULL,
  bytes_added INTEGER NOT NULL,
  bytes_reused INTEGER NOT NULL,
  micros REAL NOT NULL
);
-- Only the time: a page that is far from the newest is reached by walking past what comes before it.
CREATE INDEX checkpoints_time ON checkpoints (time);
-- Has the texts too, so that looking for one that is rare reads this and not the whole rows.
CREATE INDEX checkpoints_text ON checkpoints (time, message, cause);
CREATE INDEX checkpoints_fork ON checkpoints (fork, time);
CREATE INDEX checkpoints_agent ON checkpoints (agent, time);
CREATE TABLE checkpoint_parents (
  child INTEGER NOT NULL REFERENCES checkpoints (id),
  position INTEGER NOT NULL,
  parent BLOB NOT NULL,
  PRIMARY KEY (child, position)
) WITHOUT ROWID;
CREATE TABLE pins (
  checkpoint BLOB PRIMARY KEY,
  name TEXT
) WITHOUT ROWID;
CREATE TABLE observations (
  id INTEGER PRIMARY KEY,
  sequence INTEGER NOT NULL,
  fork INTEGER NOT NULL REFERENCES forks (id),
  checkpoint BLOB NOT NULL,
  ok INTEGER NOT NULL,
  exit INTEGER,
  score REAL,
  evidence TEXT NOT NULL,
  command TEXT NOT NULL,
  millis REAL NOT NULL,
  time INTEGER NOT NULL,
  UNIQUE (fork, time, sequence, checkpoint)
);
CREATE INDEX observations_time ON observations (time);
CREATE TABLE operations (
  id INTEGER PRIMARY KEY,
  operation TEXT NOT NULL,
  fork INTEGER NOT NULL REFERENCES forks (id),
  kind TEXT NOT NULL,
  time INTEGER NOT NULL,
  before BLOB NOT NULL,
  after BLOB NOT NULL,
  undoes TEXT,
  UNIQUE (fork, operation)
);
CREATE INDEX operations_time ON operations (time);
`;

/**
 * Of the connection, so set again after each export. No journal file and no syncing: the "disk" of the
 * database is memory, and a transaction that fails rolls back from memory too.
 */
export const CONNECTION_PRAGMAS = 'PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16384;';
