/** What the texts of the user interface are, and whether a translation fits them. Files are read and written by l10n.ts. */
import ts from 'typescript';

/** Texts by key. */
export type Bundle = Readonly<Record<string, string>>;

export interface FoundTexts {
  readonly keys: readonly string[];
  /** Calls that no translator could serve, each with its place. */
  readonly problems: readonly string[];
}

/** The keys of all calls `t('…', values)` in a source file. */
export function findTexts(file: string, text: string): FoundTexts {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
  const keys: string[] = [];
  const problems: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === 't') {
      const place = `${file}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
      const [key, ...values] = node.arguments;
      if (key !== undefined && ts.isStringLiteralLike(key)) {
        keys.push(key.text);
        const wanted = placeholders(key.text);
        if (!values.some(ts.isSpreadElement) && wanted !== values.map((_, index) => `{${index}}`).join(' ')) {
          problems.push(`${place}: the text has ${wanted || 'no placeholder'}, the call gives ${values.length} values: ${JSON.stringify(key.text)}`);
        }
      } else {
        problems.push(`${place}: the text has to be a literal, or nobody can translate it: ${node.getText().slice(0, 80)}`);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return { keys, problems };
}

/** The `%keys%` in a manifest. */
export function manifestKeys(manifest: string): string[] {
  return [...manifest.matchAll(/"%([\w.]+)%"/g)].map(([, key]) => key ?? '');
}

/** What keeps `translation` from being one of `texts`: keys that are missing, stale or empty; other placeholders or commands. */
export function translationProblems(name: string, texts: Bundle, translation: Bundle): string[] {
  return [
    ...Object.keys(texts).filter((key) => !(key in translation)).map((key) => `${name} lacks ${JSON.stringify(key)}`),
    ...Object.entries(translation).flatMap(([key, translated]) => {
      const text = texts[key];
      if (text === undefined) return [`${name} has a text that nothing says any more: ${JSON.stringify(key)}`];
      if (translated.trim() === '') return [`${name} leaves ${JSON.stringify(key)} empty`];
      return [placeholders, commands].filter((of) => of(text) !== of(translated))
        .map((of) => `${name} has ${of(translated) || 'nothing'} where the text has ${of(text) || 'nothing'}: ${JSON.stringify(key)}`);
    }),
  ];
}

/** Keys that differ between what is used and what is defined. */
export function keyProblems(name: string, used: readonly string[], defined: Bundle): string[] {
  const known = new Set(used);
  return [
    ...[...known].filter((key) => !(key in defined)).map((key) => `${name} lacks ${JSON.stringify(key)}`),
    ...Object.keys(defined).filter((key) => !known.has(key)).map((key) => `${name} has ${JSON.stringify(key)}, which nothing uses`),
  ];
}

/** The placeholders of a text, each once, in order: `{0} {1}`. */
function placeholders(text: string): string {
  return [...new Set(text.match(/\{\d+\}/g))].sort().join(' ');
}

/** The commands that links in a text run. */
function commands(text: string): string {
  return [...text.matchAll(/\]\((command:[^)]+)\)/g)].map(([, target]) => target).sort().join(' ');
}

/** A bundle as its file holds it: sorted, so that two branches that add texts rarely touch the same line. */
export function bundleText(bundle: Bundle): string {
  const sorted = Object.entries(bundle).sort(([a], [b]) => (a < b ? -1 : 1));
  return `${JSON.stringify(Object.fromEntries(sorted), undefined, 2)}\n`;
}
