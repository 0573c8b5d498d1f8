import { fork } from 'node:child_process';
import path from 'node:path';

/** Starts one of `children/`, asks it one thing, and kills it (SIGKILL) once it has answered. */
export function askChild<Reply>(name: string, request: object): Promise<Reply> {
  const child = fork(path.join(__dirname, 'child.cjs'), [name], { execArgv: ['--expose-gc'], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  return new Promise<Reply>((resolve, reject) => {
    let reply: Reply | undefined;
    child.once('message', (message) => {
      reply = message as Reply;
      child.kill('SIGKILL');
    });
    child.once('error', reject);
    // Only when it is gone is its store free for another.
    child.once('exit', () => {
      if (reply === undefined) reject(new Error(`The process "${name}" ended without an answer`));
      else resolve(reply);
    });
    child.send(request);
  });
}
