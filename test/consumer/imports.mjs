/** A program of today. */
import * as client from '@palestra/client';
import { story } from './story.cjs';

console.log(await story(client, process.env.PALESTRA_URL));
