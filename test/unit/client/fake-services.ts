import type { Services } from '../../../client/services.ts';

/** A folder of the window of fake-vscode.ts. */
export const FOLDER = '/secret/folder';

type Answer = (params: Readonly<Record<string, unknown>>) => unknown;

export interface FakeServices {
  readonly services: Services;
  /** What the server was asked. */
  readonly calls: (readonly [name: string, params: Readonly<Record<string, unknown>>])[];
}

/** What commands are given, with a server that answers as the test says; what the test does not give is not there. */
export function fakeServices(answers: Readonly<Record<string, Answer>>, some: Partial<Record<keyof Services, object>> = {}): FakeServices {
  const calls: FakeServices['calls'] = [];
  const client = {
    call: async (name: string, params: Readonly<Record<string, unknown>>) => {
      calls.push([name, params]);
      const answer = answers[name];
      if (answer === undefined) throw new Error(`the test has no answer to ${name}`);
      return answer(params);
    },
  };
  const kept = new Map<string, unknown>();
  const memory = { get: (key: string) => kept.get(key), update: async (key: string, value: unknown) => void kept.set(key, value) };
  return { services: { server: { client: async () => client }, roots: { all: [], ready: [] }, memory, ...some } as unknown as Services, calls };
}
