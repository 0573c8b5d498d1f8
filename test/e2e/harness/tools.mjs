/** Finds or installs what the end-to-end tests need. Plain JavaScript, because scripts/test.mjs asks, outside of its isolation. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** code-server 4.N.x is VS Code 1.N.x. The oldest is the one of "engines" in package.json. */
const VERSIONS = {
  NEWEST_CODE_SERVER: '4.139.1', NEWEST_NODE: '24.21.0',
  OLDEST_CODE_SERVER: '4.100.3', OLDEST_NODE: '20.20.2',
  PLAYWRIGHT: '1.65.1',
};
const INSTALL_MILLIS = 600_000;
const script = fileURLToPath(new URL('install.sh', import.meta.url));

/**
 * The directory of the tools (a folder for each version of VS Code, and one for the driver of Chromium), installed if need be,
 * or why there are none.
 * @returns {{ directory: string } | { reason: string }}
 */
export function prepareTools(env = process.env) {
  if (env.PYI_E2E === '0') return { reason: 'PYI_E2E is 0' };
  if (process.platform !== 'linux' || process.arch !== 'x64') return { reason: `the tools are for linux-x64, this is ${process.platform}-${process.arch}` };
  const directory = env.PYI_E2E_TOOLS ?? join(env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'pyi-e2e');
  const marker = join(directory, 'installed.json');
  const wanted = JSON.stringify(VERSIONS);
  const hasChromium = existsSync('/usr/bin/chromium');
  if (hasChromium && existsSync(marker) && readFileSync(marker, 'utf8') === wanted) return { directory };
  if (!hasChromium && process.getuid?.() !== 0) return { reason: 'Chromium is missing ("apt-get install chromium") and only root can install it' };
  console.log(`Installing two versions of code-server and Chromium for the end-to-end tests into ${directory} (once, one to three minutes, 900 MB)…`);
  mkdirSync(directory, { recursive: true });
  const { status, stdout, stderr, error } = spawnSync('sh', [script, directory],
    { env: { ...env, ...VERSIONS, MARKER: wanted }, timeout: INSTALL_MILLIS, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  if (status !== 0) return { reason: `the tools could not be installed: ${error?.message ?? `${stdout}\n${stderr}`.trim().split('\n').slice(-5).join('\n')}` };
  return { directory };
}
