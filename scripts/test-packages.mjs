/** Debian packages that tests are better with; scripts/test.mjs asks, outside of its isolation. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** A program of each package, by which it is known: tig is tested with the shim, and the next build of the front takes musl. */
const PACKAGES = { 'tig': '/usr/bin/tig', 'musl-tools': '/usr/bin/musl-gcc' };
const INSTALL_MILLIS = 180_000;
/** Where no host answers, the tests should not have to wait for long. */
const NETWORK = ['-o', 'Acquire::Retries=0', '-o', 'Acquire::http::Timeout=10', '-o', 'Acquire::https::Timeout=10'];

/** Installs what is missing where that is possible: for root, on Debian, with a network. Elsewhere the tests say what they skip. */
export function installTestPackages() {
  const missing = Object.entries(PACKAGES).filter(([, program]) => !existsSync(program)).map(([name]) => name);
  if (missing.length === 0 || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return;
  console.log(`Installing ${missing.join(' and ')} for the tests…`);
  const apt = (...args) => spawnSync('apt-get', ['-qq', ...NETWORK, ...args], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, timeout: INSTALL_MILLIS, stdio: 'ignore',
  }).status === 0;
  if (!apt('update') || !apt('install', '-y', '--no-install-recommends', ...missing)) console.log('That was not possible; the tests go on without.');
}
