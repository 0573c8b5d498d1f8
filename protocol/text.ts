/** Text for people, the same wherever they read it: a terminal, a webview, a notification. */

/** Controls, format characters (bidirectional overrides among them), separators and lone surrogates. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\u001b': '\\e' };

/**
 * Text from outside, made harmless: file names and messages may hold escape sequences that repaint the
 * terminal, or bidirectional overrides that make a name look like another. A byte that is not UTF-8
 * (U+DC80–U+DCFF) prints as `\xHH`.
 */
export function safe(text: string): string {
  return text.replace(UNSAFE, escapeChar);
}

/** As {@link safe}, keeping line ends and tabs. */
export function safeLines(text: string): string {
  return text.replace(UNSAFE, (char) => (char === '\n' || char === '\t' ? char : escapeChar(char)));
}

function escapeChar(char: string): string {
  const point = char.codePointAt(0) ?? 0;
  if (point >= 0xdc80 && point <= 0xdcff) return `\\x${(point - 0xdc00).toString(16)}`;
  return NAMED[char] ?? `\\u{${point.toString(16)}}`;
}

/** The first line of a message, harmless and not too long. */
export function headline(text: string, width = 60): string {
  const line = text.trimStart().split('\n', 1)[0] ?? '';
  return safe(line.length > width ? `${line.slice(0, width - 1).replace(/[\ud800-\udbff]$/, '')}…` : line);
}

const UNITS: readonly (readonly [seconds: number, name: string])[] = [[86_400, 'd'], [3600, 'h'], [60, 'min'], [1, 's']];

/** `3 min ago`; a date after 30 days; `in 2 h` for the future. */
export function relativeTime(time: number, now: number): string {
  const seconds = Math.round((now - time) / 1000);
  const span = Math.abs(seconds);
  if (span < 1) return 'now';
  if (span > 30 * 86_400) return new Date(time).toISOString().slice(0, 10);
  const [length, unit] = UNITS.find(([candidate]) => span >= candidate) ?? [1, 's'];
  const amount = `${Math.floor(span / length)} ${unit}`;
  return seconds < 0 ? `in ${amount}` : `${amount} ago`;
}

/** `1.5 MiB`. */
export function bytes(count: number): string {
  let value = count;
  for (const unit of ['B', 'KiB', 'MiB', 'GiB']) {
    if (value < 1024) return `${unit === 'B' ? value : value.toFixed(1)} ${unit}`;
    value /= 1024;
  }
  return `${value.toFixed(1)} TiB`;
}

/** `17 µs`, `2.4 ms`, `1.3 s`, `3 min 5 s`, `2 h 10 min`. */
export function micros(count: number): string {
  if (count < 1000) return `${Math.round(count)} µs`;
  if (count >= 3_600_000_000) return `${Math.floor(count / 3_600_000_000)} h ${Math.floor(count / 60_000_000) % 60} min`;
  if (count >= 60_000_000) return `${Math.floor(count / 60_000_000)} min ${Math.floor(count / 1_000_000) % 60} s`;
  return count < 1_000_000 ? `${(count / 1000).toFixed(1)} ms` : `${(count / 1_000_000).toFixed(1)} s`;
}

/** `1 file`, `2 files`. */
export function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${number} ${number === 1 ? noun : plural}`;
}

/** Lines, each with its end; nothing for no lines. */
export function lines(items: readonly string[]): string {
  return items.map((item) => `${item}\n`).join('');
}

/** `+1 ~2 -3 !4`: added, changed, deleted, in conflict. */
export function changeCounts({ added, changed, deleted, conflicts }: { readonly added: number; readonly changed: number; readonly deleted: number; readonly conflicts: number }): string {
  const parts = [added > 0 ? `+${added}` : '', changed > 0 ? `~${changed}` : '', deleted > 0 ? `-${deleted}` : '', conflicts > 0 ? `!${conflicts}` : ''].filter((part) => part !== '');
  return parts.join(' ');
}
