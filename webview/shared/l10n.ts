import { fill } from './fill.ts';

let strings: Readonly<Record<string, string>> | undefined;

/**
 * A text in the language of the user: English is the key, as with `vscode.l10n.t`; `{0}`, `{1}` … are replaced by `values`.
 * Give values only what is safe to show as text. In tests, which have no page, texts are English.
 */
export function t(key: string, ...values: readonly (string | number)[]): string {
  strings ??= typeof document === 'undefined' ? {} : JSON.parse(document.body.dataset['strings'] ?? '{}') as Record<string, string>;
  return fill(strings[key] ?? key, values);
}

/** Where there is no page that brings them: in the extension, whose native trees say the same. */
export function useStrings(given: Readonly<Record<string, string>>): void {
  strings = given;
}
