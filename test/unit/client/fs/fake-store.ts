import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Client } from '../../../../connect/client.ts';
import { PyiError } from '../../../../protocol/errors.ts';
import type { OperationName, Result } from '../../../../protocol/registry.ts';
import { checkpointInfo, forkInfo } from '../samples.ts';

export const FORK = 'f'.repeat(32);
export const CHECKPOINT = 'c'.repeat(64);

type Row = Result<'ls'>[number];

interface Params {
  readonly fork?: string;
  readonly forks?: readonly string[];
  readonly checkpoints?: readonly string[];
  readonly path?: string;
  readonly offset?: number;
  readonly length?: number;
  readonly from?: string;
  readonly to?: string;
}

/** A server with files in one fork and one checkpoint, the same in both. Counts what it is asked. */
export class FakeStore {
  readonly files = new Map<string, { readonly content: Buffer; readonly type: Row['type'] }>();
  readonly calls: string[] = [];
  head = '1'.repeat(64);
  lastActive = 1000;
  changes: Result<'changes'> | undefined = { added: [], changed: [], deleted: [], renamed: [] };
  /** Runs before each answer. */
  before: (name: OperationName) => void = () => undefined;

  readonly client: Pick<Client, 'call'> = {
    call: async (name, params) => {
      const { fork, forks, path, offset } = params as unknown as Params;
      this.calls.push([name, fork?.slice(0, 1) ?? forks?.[0]?.slice(0, 1), path, offset].filter((part) => part !== undefined).join(' '));
      await nextTurn();
      this.before(name);
      return this.#answer(name, params as unknown as Params) as never;
    },
  };

  put(path: string, content: string | Buffer, type: Row['type'] = 'file'): void {
    this.files.set(path, { content: Buffer.from(content), type });
  }

  #answer(name: OperationName, params: Params): unknown {
    switch (name) {
      case 'ls': return this.#ls(params.path ?? '');
      case 'read': return this.#read(params);
      case 'forks': return [forkInfo({ fork: FORK, head: this.head, lastActive: this.lastActive })];
      case 'timeline': return [checkpointInfo({ checkpoint: CHECKPOINT, time: 5000 })];
      case 'changes':
        if (this.changes === undefined) throw new PyiError('NOT_FOUND', 'swept', '');
        return this.changes;
      default: throw new Error(`${name} is not faked`);
    }
  }

  #ls(path: string): Row[] {
    const rows = new Map<string, Row>();
    for (const [file, { content, type }] of this.files) {
      if (file !== path && path !== '' && !file.startsWith(`${path}/`)) continue;
      const rest = file === path ? '' : file.slice(path === '' ? 0 : path.length + 1);
      const slash = rest.indexOf('/');
      if (slash < 0) rows.set(file, { path: file, type, size: content.length, id: content.toString('hex') });
      else rows.set(file.slice(0, file.length - rest.length + slash), { path: file.slice(0, file.length - rest.length + slash), type: 'directory', size: 0, id: null });
    }
    if (rows.size === 0 && path !== '') throw new PyiError('NOT_FOUND', `nothing at ${path}`, 'look elsewhere');
    return [...rows.values()];
  }

  #read({ path, offset = 0, length = 100 }: Params): Result<'read'> {
    const file = this.files.get(path ?? '');
    if (file === undefined) throw new PyiError('NOT_FOUND', `no file ${path ?? ''}`, '');
    const end = Math.min(file.content.length, offset + length);
    return { path: path ?? '', mode: 'file', size: file.content.length, base64: file.content.subarray(offset, end).toString('base64'), end: end >= file.content.length };
  }
}
