/** Takes the pictures of README.md anew, from a real VS Code, into docs/images: `npm run screenshots`. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const taken = join(root, 'test-results', 'readme');
const shown = join(root, 'docs', 'images');

// What an earlier run left would be taken for this one's.
rmSync(taken, { recursive: true, force: true });
const { status } = spawnSync(process.execPath, ['scripts/test.mjs', 'e2e', 'test/e2e/newest.test.ts'], { cwd: root, stdio: 'inherit', env: { ...process.env, PYI_E2E_ONLY: 'screenshots' } });
if (status === 0) {
  mkdirSync(shown, { recursive: true });
  for (const file of readdirSync(taken)) copyFileSync(join(taken, file), join(shown, file));
  console.log(`Written to ${shown}: ${readdirSync(taken).join(', ')}`);
}
process.exitCode = status ?? 1;
