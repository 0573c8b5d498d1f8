import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { DRAFT, TARGET, VALIDATOR } from './candidates.ts';

/** Real sources to work among: packages that the project itself is built with. */
const PACKAGES = ['zod', '@modelcontextprotocol/sdk', 'eslint', '@types/node', 'typescript'];

/** Makes a Git repository of thousands of real files at `root`, with one function that wants a better implementation. */
export function makeProject(root: string, nodeModules: string): { files: number } {
  mkdirSync(path.join(root, 'src'), { recursive: true });
  for (const name of PACKAGES) {
    if (existsSync(path.join(nodeModules, name))) cpSync(path.join(nodeModules, name), path.join(root, 'vendor', name), { recursive: true, filter: (from) => path.basename(from) !== '.git' });
  }
  writeFileSync(path.join(root, TARGET), DRAFT);
  writeFileSync(path.join(root, 'validate.mjs'), VALIDATOR);
  writeFileSync(path.join(root, 'README.md'), '# Primes\n\nA function that deserves better.\n');
  git(root, 'init', '-q', '-b', 'main');
  if (!hasIdentity(root)) {
    git(root, 'config', 'user.name', 'PYI demo');
    git(root, 'config', 'user.email', 'demo@example.invalid');
  }
  git(root, 'add', '-A', '-f');
  git(root, '-c', 'core.hooksPath=/dev/null', '-c', 'commit.gpgSign=false', 'commit', '-q', '-m', 'Start');
  return { files: countFiles(root) };
}

/** Runs git and returns what it printed. */
export function git(cwd: string, ...args: readonly string[]): string {
  return execFileSync('git', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

function hasIdentity(root: string): boolean {
  try {
    return git(root, 'config', 'user.email').trim() !== '';
  } catch {
    return false;
  }
}

function countFiles(directory: string): number {
  let count = 0;
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (entry.name === '.git') continue;
    count += entry.isDirectory() ? countFiles(path.join(directory, entry.name)) : 1;
  }
  return count;
}
