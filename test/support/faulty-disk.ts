import type { FileId } from '../../server/store/disk.ts';
import { NodeDisk } from '../../server/store/node-disk.ts';

/** The real disk, on which a chosen changing operation finds no room. Syncs are spared: a failed one is final by design. */
export class FaultyDisk extends NodeDisk {
  /** Changing operations since the last {@link failAt}. */
  operations = 0;
  #at = Infinity;

  /** Makes the `at`-th changing operation from now on fail with ENOSPC, and all later ones, until {@link heal}. */
  failAt(at: number): void {
    this.operations = 0;
    this.#at = at;
  }

  heal(): void {
    this.#at = Infinity;
  }

  override open(path: string, mode: 'read' | 'update' | 'create'): FileId {
    if (mode === 'create') this.#spend(`create ${path}`);
    return super.open(path, mode);
  }

  /** A write that finds no room has put half of its bytes down. */
  override write(file: FileId, buffer: Uint8Array, start: number, length: number, position: number): number {
    this.operations++;
    if (this.operations < this.#at) return super.write(file, buffer, start, length, position);
    if (length > 1) super.write(file, buffer, start, length >> 1, position);
    throw noSpace('write');
  }

  override rename(from: string, to: string): void {
    this.#spend(`rename ${to}`);
    super.rename(from, to);
  }

  #spend(operation: string): void {
    this.operations++;
    if (this.operations >= this.#at) throw noSpace(operation);
  }
}

function noSpace(operation: string): Error {
  return Object.assign(new Error(`ENOSPC: no space left on device, ${operation}`), { code: 'ENOSPC', syscall: operation });
}
