/** What an integrator may set. */
import type { Schema } from '@palestra/core';

export interface StamsConfig {
  readonly registrationsPerHour: number;
  readonly lastSeenSeconds: number;
}

export const configSchema: Schema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    registrationsPerHour: {
      type: 'integer',
      minimum: 0,
      default: 600,
      description: 'How many STAMS get a token within an hour, at most; 0 for any number.',
    },
    lastSeenSeconds: {
      type: 'number',
      exclusiveMinimum: 0,
      maximum: 3600,
      default: 60,
      description: 'The time a STAMS was last seen is written at most once in so many seconds.',
    },
  },
};
