/** A program that sends by `node:http`. */
import * as client from '@palestra/client';
import { nodeTransport } from '@palestra/client/node';
import { story } from './story.cjs';

const createClient = (options) => client.createClient({ ...options, transport: nodeTransport() });
console.log(await story({ ...client, createClient }, process.env.PALESTRA_URL));
