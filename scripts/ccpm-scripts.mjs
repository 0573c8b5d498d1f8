/** CCPM's offline scripts for a test; scripts/test.mjs asks, outside of its isolation. None of their code is in this repository. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** CCPM itself is no package. This one (MIT) keeps its shell scripts, which it runs where there is no Node. */
const PACKAGE = 'claude-autopm@2.8.1';
const ARCHIVE = 'claude-autopm-2.8.1.tgz';
const INTEGRITY = 'sha512-x1hBuOsdfM8f+M5VIPC5Y2b+AYk15Mdpzul/oaBzv3tC+r8/7bLqq6iN1KP/B2Eow//mOicCmpx0nfXiXiqeqQ==';
const SCRIPTS = 'package/autopm/.claude/scripts/pm';
const FETCH_MILLIS = 60_000;

/** The directory of the scripts, fetched once; undefined where that is not possible. The test then says what it skips. */
export function fetchCcpmScripts() {
  const place = join(root, '.cache', 'ccpm-scripts');
  const scripts = join(place, SCRIPTS);
  if (existsSync(scripts)) return scripts;
  const fresh = `${place}.${process.pid}`;
  try {
    mkdirSync(fresh, { recursive: true });
    const run = (program, ...args) => spawnSync(program, args, { cwd: fresh, timeout: FETCH_MILLIS, stdio: 'ignore', shell: process.platform === 'win32' }).status === 0;
    if (!run('npm', 'pack', PACKAGE, '--silent', '--fetch-retries=0')) return undefined;
    const digest = createHash('sha512').update(readFileSync(join(fresh, ARCHIVE))).digest('base64');
    if (`sha512-${digest}` !== INTEGRITY) throw new Error(`${PACKAGE} is not what it was`);
    if (!run('tar', '-xzf', ARCHIVE, SCRIPTS)) return undefined;
    rmSync(place, { recursive: true, force: true });
    renameSync(fresh, place);
    return scripts;
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}
