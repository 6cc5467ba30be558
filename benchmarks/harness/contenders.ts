/** Palestra and its peers, each as a process of its own on a database of its own that holds the same rows. */
import type { Contender, PeerName, StartOptions } from './contender.js';
import type { Databases } from './databases.js';
import { startPalestra } from './palestra.js';
import { startPeer } from './peer.js';

export function startContender(name: PeerName, databases: Databases, options: StartOptions = {}): Promise<Contender> {
  return name === 'palestra' ? startPalestra(databases, options) : startPeer(name, databases, options);
}
