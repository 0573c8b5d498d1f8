/**
 * Turns the V8 coverage that test processes left behind into a report, and holds it against the limits.
 *
 * Only what ran from source counts. c8 could map the bundles in dist/ back too (`--exclude-after-remap`), but it then takes
 * lines for covered that never ran: starting one bundled server showed 97 % of the engine.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { transformSync } from 'esbuild';

/** Least share of lines covered, in per cent; a file counts for the first folder that holds it. */
const LIMITS = [
  { folders: ['server/engine', 'server/store'], lines: 95 },
  { folders: ['server', 'protocol', 'connect', 'ccpm', 'cli'], lines: 90 },
];

/** True for a file of types alone: nothing of it is ever loaded, so nothing of it can be covered. */
function hasNoCode(file) {
  return transformSync(readFileSync(file, 'utf8'), { loader: 'ts' }).code.trim() === '';
}

function report(root, rawDirectory, reportDirectory) {
  const include = LIMITS.flatMap(({ folders }) => folders).flatMap((folder) => ['--include', `${folder}/**/*.ts`]);
  return spawnSync(process.execPath, [
    join(root, 'node_modules', 'c8', 'bin', 'c8.js'), 'report', '--all', ...include, '--exclude', 'none',
    '--temp-directory', rawDirectory, '--reports-dir', reportDirectory, '--reporter', 'json-summary', '--reporter', 'html',
  ], { cwd: root, stdio: 'inherit' }).status === 0;
}

/**
 * Prints coverage by folder and the files that pull a folder under its limit. Returns true when every limit is kept.
 * The report itself is written to `reportDirectory` (HTML).
 */
export function checkCoverage(root, rawDirectory, reportDirectory) {
  if (!report(root, rawDirectory, reportDirectory)) return false;
  const files = JSON.parse(readFileSync(join(reportDirectory, 'coverage-summary.json'), 'utf8'));
  const groups = LIMITS.map((limit) => ({ ...limit, total: 0, covered: 0, files: [] }));
  for (const [file, { lines }] of Object.entries(files)) {
    if (file === 'total') continue;
    const path = relative(root, file).split(sep).join('/');
    const group = groups.find(({ folders }) => folders.some((folder) => path.startsWith(`${folder}/`)));
    if (group === undefined || (lines.covered === 0 && hasNoCode(file))) continue;
    group.total += lines.total;
    group.covered += lines.covered;
    group.files.push({ path, pct: lines.pct, missed: lines.total - lines.covered });
  }
  const kept = groups.map(({ folders, lines, total, covered, files: members }) => {
    const pct = total === 0 ? 100 : (100 * covered) / total;
    console.log(`${folders.join(', ')}: ${pct.toFixed(1)} % of ${total} lines (at least ${lines} %)`);
    if (pct >= lines) return true;
    const worst = members.filter((file) => file.pct < lines).sort((a, b) => b.missed - a.missed).slice(0, 15);
    for (const file of worst) console.log(`  ${file.pct.toFixed(1).padStart(5)} %  ${String(file.missed).padStart(4)} lines not run  ${file.path}`);
    return false;
  });
  return kept.every(Boolean);
}
