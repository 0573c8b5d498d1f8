import { fill } from '../webview/shared/fill.ts';
import type { Translate } from '../webview/shared/fill.ts';

let translate: Translate = (key, ...values) => fill(key, values);

/** Called once, when the extension starts: `vscode.l10n.t`. Before, and in tests, texts are English. */
export function useTranslations(translations: Translate): void {
  translate = translations;
}

/** A text in the language of the user interface; `{0}`, `{1}` … are replaced by `values`. scripts/l10n.ts finds its calls. */
export function t(key: string, ...values: (string | number)[]): string {
  return translate(key, ...values);
}
