/** Measures the views in a real VS Code, in stores of 10,000 and 200,000 checkpoints: `npm run figures`, on a machine that does nothing else. */
import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { status } = spawnSync(process.execPath, ['scripts/test.mjs', 'e2e', 'test/e2e/newest.test.ts'], { cwd: root, stdio: 'inherit', env: { ...process.env, PYI_E2E_ONLY: 'figures' } });
process.exitCode = status ?? 1;
