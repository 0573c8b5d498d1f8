/** Reporter for `node --test`: one JSON line `{ passed, failed, skipped }`, for scripts/test.mjs. */
import { resolve } from 'node:path';

/** node:test reports a file that failed to load, and one without tests, as a test named like the file. */
function isFile({ name, file }) {
  return file !== undefined && resolve(name) === file;
}

export default async function* counter(events) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for await (const { type, data } of events) {
    if (data.details?.type === 'suite') continue;
    if (type === 'test:fail') counts[data.todo ? 'skipped' : 'failed']++;
    if (type !== 'test:pass' || isFile(data)) continue;
    counts[data.skip || data.todo ? 'skipped' : 'passed']++;
  }
  yield `${JSON.stringify(counts)}\n`;
}
