/** Data as a TypeScript literal, each part on one line where it fits. */

const widest = 110;

export function literal(value: unknown, depth = 0): string {
  const line = inline(value);
  if (line.length + depth * 2 <= widest || typeof value !== 'object' || value === null) return line;
  const indent = '  '.repeat(depth + 1);
  const parts = Array.isArray(value)
    ? value.map((each) => literal(each, depth + 1))
    : entries(value).map(([key, each]) => `${keyOf(key)}: ${literal(each, depth + 1)}`);
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  return `${open}\n${parts.map((part) => `${indent}${part},\n`).join('')}${'  '.repeat(depth)}${close}`;
}

/** On one line, whatever its length. */
export function inline(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`;
  const members = entries(value).map(([key, each]) => `${keyOf(key)}: ${inline(each)}`);
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
}

function entries(value: object): [string, unknown][] {
  return Object.entries(value).filter(([, each]) => each !== undefined);
}

function keyOf(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : quoted(key);
}

function quoted(text: string): string {
  const json = JSON.stringify(text);
  return text.includes("'") ? json : `'${json.slice(1, -1).replaceAll('\\"', '"')}'`;
}
