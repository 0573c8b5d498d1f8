/**
 * Puts the native front in the place of the script `dist/bin/pyi`. Runs when the package is installed, and in a build; where there
 * is no C compiler the script stays, which does the same through Node. Plain Node: nothing is installed when it starts.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, linkSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SOURCES = ['pyi.c', 'ask.c', 'capture.c', 'compare.c', 'hook.c', 'input.c', 'node.c', 'real-git.c', 'wire.c'];
const FLAGS = ['-std=c99', '-D_GNU_SOURCE', '-D_DARWIN_C_SOURCE', '-Os', '-Wall', '-Wextra'];

/** Compilers, the best first: musl makes the program that starts fastest, a static one of glibc the next. */
const COMPILERS = [['musl-gcc', '-static'], ['cc', '-static'], ['cc']];

/**
 * Compiles the front from `dist/front` to `dist/bin/pyi`, and to `git` beside it.
 * @returns what it was compiled with, or undefined when nothing could
 */
export function installFront(dist) {
  if (process.platform === 'win32' || !existsSync(join(dist, 'front'))) return undefined;
  const made = join(dist, 'bin', `pyi.${process.pid}`);
  for (const [compiler, ...more] of COMPILERS) {
    const { status } = spawnSync(compiler, [...FLAGS, ...more, '-o', made, ...SOURCES], { cwd: join(dist, 'front'), stdio: 'ignore' });
    // It may compile and not run: on another processor, or without the libraries.
    const { error, signal } = status === 0 ? spawnSync(made, ['--version']) : {};
    if (status !== 0 || error !== undefined || signal !== null) continue;
    for (const name of ['pyi', 'git']) {
      const place = join(dist, 'bin', name);
      rmSync(place, { force: true });
      if (name === 'pyi') renameSync(made, place);
      else linkSync(join(dist, 'bin', 'pyi'), place);
    }
    return [compiler, ...more].join(' ');
  }
  rmSync(made, { force: true });
  return undefined;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) installFront(join(dirname(dirname(fileURLToPath(import.meta.url))), 'dist'));
