import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { test } from 'node:test';
import { PyiError } from '../../../protocol/errors.ts';
import { OPERATIONS } from '../../../protocol/registry.ts';
import type { OperationName } from '../../../protocol/registry.ts';
import { splitCallOptions } from '../../../server/transport/call-options.ts';
import { FrameParser, FramingError } from '../../../server/transport/frame-parser.ts';
import { classify } from '../../../server/transport/json-rpc.ts';
import { parseParams } from '../../../server/transport/validate.ts';
import { SeededRandom } from '../../support/random.ts';
import { Instances } from '../../support/schema-instances.ts';
import { frame } from './fakes.ts';

/** Random inputs, of each kind; `npm run test:fuzz` tries a million. */
const INPUTS = Number(process.env['PYI_FUZZ'] ?? 20_000) / 2;
const SEED = Number(process.env['PYI_SEED'] ?? Date.now() % 1_000_000);
const LIMIT = 4096;
/** Longer than any input may take, by far. */
const PATIENCE_MILLIS = 2000;

const BODIES = ['{}', '[]', '{"jsonrpc":"2.0","id":1,"method":"pyi/read","params":{"a":"\\"}{[\\\\"}}', '[{"id":"é😀"},[[[[{}]]]]]', `{"text":"${'x\\n'.repeat(300)}"}`, `{"deep":${'['.repeat(150)}${']'.repeat(150)}}`];
const HEADERS = [(length: number) => `Content-Length: ${length}\r\n\r\n`, (length: number) => `content-length:${length}\r\nContent-Type: x\r\n\r\n`, (length: number) => `X: y\r\nCONTENT-LENGTH: \t${length}  \r\n\r\n`];
const WRONG = ['Content-Length: ', '\r\n\r\n', '\r\n', '99999999999999999999', '-1', '0', '\0', '{', ']', '"', '\\', '\xff', 'Content-Length: 4097\r\n\r\n', '['.repeat(1200)];

function stream(random: SeededRandom): { bytes: Buffer; bodies: string[] } {
  const bodies = Array.from({ length: random.integer(1, 5) }, () => random.pick(BODIES));
  const bytes = Buffer.concat(bodies.flatMap((body) => [Buffer.from(random.pick(HEADERS)(Buffer.byteLength(body))), Buffer.from(body)]));
  return { bytes, bodies };
}

/** Cuts, doubles, removes and overwrites. */
function damaged(bytes: Buffer, random: SeededRandom): Buffer {
  let result = bytes;
  for (let count = random.integer(1, 4); count > 0; count--) {
    const at = random.integer(0, result.length);
    const to = Math.min(result.length, at + random.integer(0, 40));
    const [before, part, behind] = [result.subarray(0, at), result.subarray(at, to), result.subarray(to)];
    result = Buffer.concat(random.pick([
      [before, behind], [before, part, part, behind], [before, Buffer.from(random.pick(WRONG), 'latin1'), behind], [before, Buffer.from([random.integer(0, 255)]), part, behind], [before],
    ]));
  }
  return result;
}

function cut(bytes: Buffer, random: SeededRandom): Buffer[] {
  const parts: Buffer[] = [];
  const largest = random.pick([1, 7, 60, 5000]);
  for (let at = 0; at < bytes.length;) {
    const length = random.integer(1, largest);
    parts.push(bytes.subarray(at, at + length));
    at += length;
  }
  return parts;
}

/** What a parser makes of the parts; after an error nothing more. */
function parsed(parts: readonly Buffer[]): { messages: object[]; error: unknown } {
  const parser = new FrameParser(LIMIT);
  const messages: object[] = [];
  try {
    for (const part of parts) {
      parser.push(part);
      for (let message = parser.next(); message !== undefined; message = parser.next()) messages.push(message);
    }
    return { messages, error: undefined };
  } catch (error) {
    return { messages, error };
  }
}

test(`frames are found however they are cut, and damaged ones are refused alike (seed ${SEED})`, () => {
  const random = new SeededRandom(SEED);
  let refused = 0;
  for (let input = 0; input < INPUTS; input++) {
    const { bytes, bodies } = stream(random);
    const whole = parsed(cut(bytes, random));
    assert.equal(whole.error, undefined, `input ${input}`);
    assert.equal(JSON.stringify(whole.messages), JSON.stringify(bodies.map((body) => JSON.parse(body) as unknown)), `input ${input}`);
    const wrong = damaged(bytes, random);
    const started = performance.now();
    const [once, inPieces] = [parsed([wrong]), parsed(cut(wrong, random))];
    assert.ok(performance.now() - started < PATIENCE_MILLIS, `input ${input} took too long`);
    assert.equal(JSON.stringify(inPieces.messages), JSON.stringify(once.messages), `input ${input}: what is understood does not depend on the cuts`);
    for (const { error, messages } of [once, inPieces]) {
      if (error !== undefined) {
        refused++;
        assert.ok(error instanceof FramingError, `input ${input}: ${String(error)}`);
        assert.ok(error.message.length < 300);
      }
      for (const message of messages) classify(message);
    }
  }
  assert.ok(refused > INPUTS / 2, `only ${refused} were damaged so that it shows`);
});

const NASTY = ['null', '0', '-1', '1e300', '1.5', '9007199254740993', 'true', '""', '" "', '"\\ud800"', '"\\u0000"', '"../../etc"', '"-rf"', '{}', '[]', '[[]]', '[null]', '{"a":{"b":[1,{"c":null}]}}', '{"__proto__":{"polluted":true}}', '{"constructor":{"prototype":{"polluted":true}}}', '{"toString":1}'];
const KEYS = ['__proto__', 'constructor', 'toString', '', 'repositroy', 'fork', 'level', 'progressToken', 'idempotencyKey', 'x'.repeat(300), '\ud800'];

function nasty(random: SeededRandom): unknown {
  if (random.chance(0.05)) return 'y'.repeat(random.pick([201, 5000, 70_000]));
  if (random.chance(0.05)) return JSON.parse('['.repeat(500) + ']'.repeat(500));
  return JSON.parse(random.pick(NASTY));
}

/** Changes something somewhere in a value that came from JSON. */
function mutate(value: unknown, random: SeededRandom): unknown {
  if (typeof value !== 'object' || value === null || random.chance(0.15)) return nasty(random);
  if (Array.isArray(value)) {
    const list: unknown[] = [...value];
    if (list.length === 0 || random.chance(0.3)) return [...list, nasty(random)];
    list[random.integer(0, list.length - 1)] = mutate(random.pick(list), random);
    return list;
  }
  const entries = Object.entries(value);
  const at = random.integer(0, entries.length);
  const entry = entries[at];
  if (entry === undefined) entries.push([random.pick(KEYS), nasty(random)]);
  else if (random.chance(0.2)) entries.splice(at, 1);
  else entry[1] = mutate(entry[1], random);
  // As JSON.parse makes them: `__proto__` is a key like any other.
  return Object.fromEntries(entries);
}

test(`parameters are accepted or refused with reasons, whatever they are (seed ${SEED})`, () => {
  const random = new SeededRandom(SEED + 1);
  const names = Object.keys(OPERATIONS) as OperationName[];
  const instances = new Map(names.map((name) => [name, new Instances(OPERATIONS[name].params, random)]));
  const accepted = new Set<string>();
  let refused = 0;
  for (let input = 0; input < INPUTS; input++) {
    const name = names[input % names.length] as OperationName;
    let raw = instances.get(name)?.next();
    for (let count = random.integer(0, 3); count > 0; count--) raw = mutate(raw, random);
    const started = performance.now();
    try {
      parseParams(name, splitCallOptions(raw).params);
      accepted.add(name);
    } catch (error) {
      refused++;
      assert.ok(PyiError.is(error, 'INVALID_ARGUMENT'), `input ${input}, ${name}: ${String(error)}`);
      assert.ok(error.message.length > 0 && error.message.length < 5000 && error.hint.length > 0, `input ${input}, ${name}: ${error.message.length} characters`);
    }
    assert.ok(performance.now() - started < PATIENCE_MILLIS, `input ${input}, ${name} took too long`);
    assert.equal(({} as { polluted?: unknown }).polluted, undefined, `input ${input}, ${name}`);
  }
  assert.deepEqual(names.filter((name) => !accepted.has(name)), [], 'of each operation some are accepted, so the others are nearly right');
  assert.ok(refused > INPUTS / 4);
});

test('memory goes by what came, not by what was announced', () => {
  const before = process.memoryUsage().rss;
  const parsers = Array.from({ length: 1000 }, () => new FrameParser(64 * 1024 * 1024));
  for (const parser of parsers) {
    parser.push(Buffer.from(`Content-Length: ${64 * 1024 * 1024}\r\n\r\n{`));
    assert.equal(parser.next(), undefined);
  }
  assert.ok(process.memoryUsage().rss - before < 100 * 1024 * 1024);
  assert.deepEqual(parsed([frame('{"a":1}')]).messages, [{ a: 1 }]);
});
