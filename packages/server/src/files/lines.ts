/**
 * Lines of a file or of standard input, each ended by LF or CRLF. `node:readline` is not used: from Node 24 on it also ends
 * them at U+2028 and U+2029, which JSON holds as they are.
 */
import { isUtf8 } from 'node:buffer';

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** As bytes. After the last line break there is a line only if there is something. */
export async function* linesOf(input: AsyncIterable<Uint8Array | string>): AsyncGenerator<Buffer> {
  let begun: Buffer[] = [];
  const whole = (rest: Buffer): Buffer => {
    const line = begun.length === 0 ? rest : Buffer.concat([...begun, rest]);
    begun = [];
    return line.at(-1) === carriageReturn ? line.subarray(0, -1) : line;
  };
  for await (const chunk of input) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : bytesOf(chunk);
    let from = 0;
    for (let end = bytes.indexOf(lineFeed); end !== -1; end = bytes.indexOf(lineFeed, from)) {
      yield whole(bytes.subarray(from, end));
      from = end + 1;
    }
    if (from < bytes.length) begun.push(bytes.subarray(from));
  }
  if (begun.length > 0) yield whole(Buffer.alloc(0));
}

function bytesOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** As text, without a byte order mark before the first; undefined for one that is not UTF-8. */
export async function* textLinesOf(input: AsyncIterable<Uint8Array | string>): AsyncGenerator<string | undefined> {
  let isFirst = true;
  for await (const line of linesOf(input)) {
    const text = isUtf8(line) ? line.toString() : undefined;
    yield isFirst ? text?.replace(/^\ufeff/, '') : text;
    isFirst = false;
  }
}
