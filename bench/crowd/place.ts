import { readFileSync } from 'node:fs';
import path from 'node:path';
import { GitRepository } from '../../test/support/git-repository.ts';
import { ServerProcess } from '../../test/support/server-process.ts';
import { WireClient } from './wire-client.ts';
import { crowdPaths, originalContent } from './work.ts';

/** Ticks of the system's clock for processes, which Linux has fixed at this for programs. */
const TICKS_PER_SECOND = 100;

/** A repository of many files, and a server process of its own for it, looked at from outside. */
export class CrowdPlace {
  readonly repository: GitRepository;
  readonly server: ServerProcess;
  readonly files: number;
  /** Runtime directory of the server. */
  readonly runtime: string;

  private constructor(repository: GitRepository, files: number, env: NodeJS.ProcessEnv, nodeArguments: readonly string[]) {
    this.repository = repository;
    this.files = files;
    this.runtime = path.join(repository.directory, 'r');
    this.server = new ServerProcess(this.runtime, { ...repository.env, ...env }, nodeArguments);
  }

  /** The files that a crowd works on, committed and set up. The server runs, and has the store open. */
  static async create(files: number, env: NodeJS.ProcessEnv = {}, nodeArguments: readonly string[] = []): Promise<CrowdPlace> {
    const place = await CrowdPlace.of(crowdPaths(files).map((file) => [file, Buffer.from(originalContent(file))] as const), env, nodeArguments);
    const wire = await place.connect();
    await wire.call('setup', { repository: place.repository.root });
    wire.close();
    return place;
  }

  /** Files in one commit, and a server that does not know them yet. */
  static async of(files: readonly (readonly [file: string, content: Buffer])[], env: NodeJS.ProcessEnv = {}, nodeArguments: readonly string[] = []): Promise<CrowdPlace> {
    const repository = GitRepository.create();
    const stream = files.flatMap(([file, content]) => [Buffer.from(`M 100644 inline ${file}\ndata ${content.length}\n`), content, Buffer.from('\n')]);
    const header = Buffer.from('commit refs/heads/main\ncommitter Bench <bench@example.com> 1700000000 +0000\ndata 5\nstart\n');
    repository.git(['fast-import', '--quiet'], { input: Buffer.concat([header, ...stream]) });
    repository.git(['reset', '-q', '--hard']);
    const place = new CrowdPlace(repository, files.length, env, nodeArguments);
    place.server.start();
    (await place.connect()).close();
    return place;
  }

  /** Ends the server and starts another, which has no store open. */
  async restart(how: 'stop' | 'kill'): Promise<void> {
    await this.server[how]();
    this.server.start();
    (await this.connect()).close();
  }

  connect(): Promise<WireClient> {
    return WireClient.connect(this.runtime, 'bench');
  }

  /** Processor time of the server so far, ms. */
  get cpuMillis(): number {
    const fields = readFileSync(`/proc/${this.server.pid}/stat`, 'latin1').replace(/^.*\) /, '').split(' ');
    return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SECOND;
  }

  /** Resident memory of the server, bytes: now, or the most that it ever was. */
  memory(what: 'VmRSS' | 'VmHWM'): number {
    return Number(new RegExp(`^${what}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${this.server.pid}/status`, 'latin1'))?.[1]) * 1024;
  }

  async end(): Promise<void> {
    await this.server.stop();
  }
}
