/** VS Code makes links of `[text](command:…)` in messages; a zero-width space keeps text of others as text. Applied to what is shown, last. */
export function plain(text: string): string {
  return text.replaceAll('](', ']\u200b(');
}
