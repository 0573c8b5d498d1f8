/**
 * Keeps the texts of the user interface and their translations in step (docs/l10n.md).
 * `npm run l10n` writes l10n/bundle.l10n.json and takes stale texts out of the translations; it says what is left to translate.
 * `npm run l10n -- --check` changes nothing and fails when something is out of step.
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleText, findTexts, keyProblems, manifestKeys, translationProblems } from './translations.ts';
import type { Bundle } from './translations.ts';

const LANGUAGES = ['de'];
const SOURCES = ['client', 'webview'];
const ENGLISH = 'l10n/bundle.l10n.json';
const MANIFEST = 'package.nls.json';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const check = process.argv.includes('--check');

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

function readBundle(path: string): Bundle {
  return JSON.parse(read(path)) as Bundle;
}

/** Writes a file that differs from what it should be; when checking, that is a problem instead. */
function settle(path: string, text: string): string[] {
  if (read(path) === text) return [];
  if (check) return [`${path} is out of step or not sorted. Run "npm run l10n".`];
  writeFileSync(join(root, path), text);
  console.log(`${path}: written`);
  return [];
}

/** A translation without what nothing says any more, in order. */
function settleTranslation(path: string, texts: Bundle): string[] {
  const translation = readBundle(path);
  const kept = Object.fromEntries(Object.entries(translation).filter(([key]) => key in texts));
  const problems = translationProblems(path, texts, check ? translation : kept);
  return [...problems, ...settle(path, bundleText(kept))];
}

const files = SOURCES.flatMap((folder) => readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts')).map((name) => join(folder, name)).sort());
const found = files.map((file) => findTexts(file, read(file)));
const texts: Bundle = Object.fromEntries(found.flatMap(({ keys }) => keys.map((key) => [key, key])));
const manifest = readBundle(MANIFEST);

const problems = [
  ...found.flatMap((one) => one.problems),
  ...settle(ENGLISH, bundleText(texts)),
  ...keyProblems(MANIFEST, manifestKeys(read('package.json')), manifest),
  ...LANGUAGES.flatMap((language) => [
    ...settleTranslation(`l10n/bundle.l10n.${language}.json`, texts),
    ...settleTranslation(`package.nls.${language}.json`, manifest),
  ]),
];
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
else console.log(`l10n: ${Object.keys(texts).length} texts and ${Object.keys(manifest).length} of the manifest, in English and ${LANGUAGES.join(', ')}`);
