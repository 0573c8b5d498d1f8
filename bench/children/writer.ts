import { writeFileSync } from 'node:fs';

/** Writes the files that the parent names, one by one, and says when each is done. Ends with the parent. */
export function writeOnRequest(): void {
  process.on('message', ({ file, text }: { file: string; text: string }) => {
    writeFileSync(file, text, 'latin1');
    process.send?.('done');
  });
}
