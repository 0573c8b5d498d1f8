/** What the page of a webview needs from its host. */
export interface PageOptions {
  readonly title: string;
  /** BCP 47 tag of the language of the user interface, for screen readers. */
  readonly language: string;
  /** Where the webview may load styles from (`webview.cspSource`). */
  readonly source: string;
  readonly script: string;
  readonly styles: readonly string[];
  /** Fresh random text for each page: marks the one script that may run. */
  readonly nonce: string;
  /** Where the page is: some requests to show something concern one place alone. */
  readonly place: 'sidebar' | 'editor';
  /** Translations of what the page says; empty for English. */
  readonly strings: Readonly<Record<string, string>>;
  /** What the page shows first; undefined when it is to wait for a message. */
  readonly state: unknown;
}

/**
 * The page of a view. It holds translations and the state that it shows first, as data: the page reads it as it reads a message, and shows
 * it as text.
 */
export function pageHtml({ title, language, source, script, styles, nonce, place, strings, state }: PageOptions): string {
  // The toolkit probes what selectors the browser knows with an empty style element, which it marks with "csp-nonce".
  const policy = `default-src 'none'; style-src ${source} 'nonce-${nonce}'; script-src 'nonce-${nonce}'`;
  return `<!DOCTYPE html>
<html lang="${attribute(language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${attribute(policy)}">
<meta property="csp-nonce" content="${attribute(nonce)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${attribute(title)}</title>
${styles.map((style) => `<link rel="stylesheet" href="${attribute(style)}">`).join('\n')}
</head>
<body data-place="${place}" data-strings="${attribute(JSON.stringify(strings))}">
<main id="root"></main>
${state === undefined ? '' : `<script type="application/json" id="state">${JSON.stringify(state).replaceAll('<', '\\u003c')}</script>`}
<script nonce="${attribute(nonce)}" src="${attribute(script)}"></script>
</body>
</html>`;
}

function attribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}
