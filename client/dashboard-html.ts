/** What the page of a webview needs from its host. */
export interface PageOptions {
  /** Where the webview may load styles from (`webview.cspSource`). */
  readonly source: string;
  readonly script: string;
  readonly style: string;
  /** Fresh random text for each page: marks the one script that may run. */
  readonly nonce: string;
}

/** The page of the dashboard. It holds no data: that comes by message and is shown as text. */
export function dashboardHtml({ source, script, style, nonce }: PageOptions): string {
  // The toolkit probes what selectors the browser knows with an empty style element, which it marks with "csp-nonce".
  const policy = `default-src 'none'; style-src ${source} 'nonce-${nonce}'; script-src 'nonce-${nonce}'`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${attribute(policy)}">
<meta property="csp-nonce" content="${attribute(nonce)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>PYI Dashboard</title>
<link rel="stylesheet" href="${attribute(style)}">
</head>
<body>
<main id="root"></main>
<script nonce="${attribute(nonce)}" src="${attribute(script)}"></script>
</body>
</html>`;
}

function attribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}
