/** What a game is made of: a JSON object with a name, or a string that holds one, up to 64 KiB. */
import { invalidRequest, JsonError, parseJson, requiredForRequest } from '@palestra/core';
import type { components } from '../contract.generated.js';

type Fields = components['schemas']['GameFields'];
type Config = components['schemas']['GameConfig'];

export interface GameParts {
  readonly name?: string;
  readonly config?: Config;
}

const maxBytes = 64 * 1024;
const nameForm = /^[^\p{Cc}\p{Cs}]{1,200}$/u;

/** @throws PalestraError 400 for an invalid game */
export function gameParts({ gameConfigDTO, name, config }: Fields): GameParts {
  const dto = gameConfigDTO === undefined ? undefined : readDto(gameConfigDTO);
  const parts = {
    ...(dto && { name: nameOf(dto), config: dto }),
    ...(name !== undefined && { name }),
    ...(config !== undefined && { config }),
  };
  if (parts.config) assertSize(parts.config, gameConfigDTO === undefined ? 'config' : 'gameConfigDTO');
  return parts;
}

/** @throws PalestraError 400 */
export function wholeGame(fields: Fields): Required<GameParts> {
  const { name, config = {} } = gameParts(fields);
  if (name === undefined) throw requiredForRequest('name', '/name');
  return { name, config };
}

function readDto(dto: unknown): Config {
  const value = typeof dto === 'string' ? parse(dto) : dto;
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Config;
  throw invalidRequest('gameConfigDTO must be a JSON object', '/gameConfigDTO');
}

function parse(text: string): unknown {
  try {
    return parseJson(text, undefined, 'gameConfigDTO');
  } catch (error) {
    throw error instanceof JsonError ? invalidRequest(error.message, '/gameConfigDTO') : error;
  }
}

function nameOf({ name }: Config): string {
  if (name === undefined) throw requiredForRequest('gameConfigDTO.name', '/gameConfigDTO/name');
  if (typeof name === 'string' && nameForm.test(name)) return name;
  throw invalidRequest('gameConfigDTO.name must be a text of 1 to 200 characters', '/gameConfigDTO/name');
}

function assertSize(config: Config, field: string): void {
  if (Buffer.byteLength(JSON.stringify(config)) <= maxBytes) return;
  throw invalidRequest(`${field} must have at most 64 KiB`, `/${field}`);
}
