/** Names of gyms by id: asked for once each, and good offline when seen before. */
import { client } from './client.js';
import { say } from './words.js';

const names = new Map<string, Promise<string>>();

export function gymName(id: string): Promise<string> {
  let name = names.get(id);
  if (!name) {
    name = ask(id);
    names.set(id, name);
  }
  return name;
}

async function ask(gym: string): Promise<string> {
  try {
    const [found] = await client.discovery.gyms({ gym });
    return found?.name ?? say('A gym that has closed');
  } catch {
    names.delete(gym);
    return '';
  }
}
