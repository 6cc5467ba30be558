/** Lines of a file: what ends one, whatever its chunks and the version of Node.js. */
import { expect } from 'chai';
import { parseJsonLine } from '../../src/files/json-line.js';
import { linesOf, textLinesOf } from '../../src/files/lines.js';

async function* chunksOf(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

describe('lines of a file', () => {
  const texts: readonly (readonly [what: string, text: string, lines: readonly string[]])[] = [
    ['nothing', '', []],
    ['an empty line', '\n', ['']],
    ['no line break at the end', 'a\nb', ['a', 'b']],
    ['LF and CRLF', 'a\r\nb\n\r\n\nc\r\n', ['a', 'b', '', '', 'c']],
    ['a lone CR', 'a\rb\n', ['a\rb']],
    ['separators of Unicode', 'a\u2028b\u2029c\u0085d\u000be\n', ['a\u2028b\u2029c\u0085d\u000be']],
    ['a byte order mark', '\ufeff{}\n\ufeff{}\n', ['{}', '\ufeff{}']],
    ['a replacement character', 'Ruined \ufffd\n', ['Ruined \ufffd']],
  ];
  for (const [what, text, lines] of texts) {
    it(`are told apart with ${what}`, async () => {
      for (const size of [1, 2, 3, 1024]) {
        expect(await collect(textLinesOf(chunksOf(Buffer.from(text), size))), `chunks of ${size}`).to.deep.equal(lines);
      }
      expect(await collect(textLinesOf([text] as never))).to.deep.equal(text === '' ? [] : lines);
    });
  }

  it('are undefined where they are not UTF-8, and bytes as they are', async () => {
    const bytes = Buffer.from('a\nL\u00f6we\nb\n', 'latin1');
    expect(await collect(textLinesOf(chunksOf(bytes, 3)))).to.deep.equal(['a', undefined, 'b']);
    expect((await collect(linesOf(chunksOf(bytes, 3)))).map((line) => line.toString('latin1'))).to.deep.equal([
      'a',
      'L\u00f6we',
      'b',
    ]);
  });
});

describe('a line of JSON to be imported', () => {
  it('is an object, with as many members as it needs', () => {
    expect(parseJsonLine('{"a":"\ufffd \u2028"}')).to.deep.equal({ a: '\ufffd \u2028' });
    const visits = Array.from({ length: 5_000 }, () => ({ date: '2019-06-01T17:30:00Z' }));
    expect(parseJsonLine(JSON.stringify({ visits }))).to.deep.equal({ visits });
  });

  for (const [text, told] of [
    [undefined, 'is not UTF-8'],
    ['{', 'is not JSON.'],
    ['[]', 'is not an object'],
    ['null', 'is not an object'],
    ['{"a":1,"a":2}', 'The key "a" occurs twice in one object.'],
    ['{"legacyId":9007199254740993}', 'legacyId is an integer beyond 2^53-1, which would be rounded. Send it as text.'],
    [`{"a":${'['.repeat(16)}${']'.repeat(16)}}`, 'is nested deeper than 16.'],
  ] as const) {
    it(`that ${told} is said to be so`, () => {
      expect(parseJsonLine(text)).to.equal(told);
    });
  }
});
