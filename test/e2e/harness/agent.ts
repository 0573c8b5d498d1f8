import type { Client } from '../../../connect/client.ts';
import { connectToServer } from '../../../connect/connect.ts';
import type { Place } from './place.ts';

/** A connection of another program to PYI's server, which runs already. Close it at the end of the test. */
export async function connectAgent({ env }: Place, name: string): Promise<Client> {
  return connectToServer({ name, version: '0.1.0', start: undefined, env, platform: process.platform, uid: process.getuid?.() });
}
