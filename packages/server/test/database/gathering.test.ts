/** What is sent together: all of one turn, and what is asked for while enough is under way. */
import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { type GatheringBounds, gathering } from '../../src/database/gathering.js';

const patient: GatheringBounds = { mostUnderWay: 2, longestWait: 60_000 };

describe('gathering', () => {
  /** The keys of each batch, in the order in which they were sent. */
  let sent: number[][];
  /** Answer them, or refuse. */
  let answers: { resolve(): void; reject(error: Error): void }[];

  function gatheringWith(bounds?: GatheringBounds) {
    sent = [];
    answers = [];
    return gathering<number, string, string>((asked) => {
      sent.push([...asked.keys()]);
      const answered = new Promise<void>((resolve, reject) => {
        answers.push({ resolve, reject });
      });
      return new Map([...asked].map(([key, text]) => [key, answered.then(() => `${text} of ${key}`)]));
    }, bounds);
  }

  /** Asks in a turn of its own, whose end is waited for. */
  async function inTurn(ask: (key: number, text: string) => Promise<string>, ...keys: number[]) {
    const asked = Promise.allSettled(keys.map((key) => ask(key, 'answer')));
    await setImmediate();
    await setImmediate();
    return { asked };
  }

  it('sends what one turn asks for at its end, what has the same key once', async () => {
    const ask = gatheringWith();
    const { asked } = await inTurn(ask, 1, 2, 1);
    await inTurn(ask, 3);
    await inTurn(ask, 4);
    expect(sent).to.deep.equal([[1, 2], [3], [4]]);
    answers[0]?.resolve();
    const texts = (await asked).map((each) => each.status === 'fulfilled' && each.value);
    expect(texts).to.deep.equal(['answer of 1', 'answer of 2', 'answer of 1']);
  });

  it('gathers on while two batches are under way, and sends all when one of them is answered', async () => {
    const ask = gatheringWith(patient);
    await inTurn(ask, 1);
    await inTurn(ask, 2);
    await inTurn(ask, 3, 4);
    await inTurn(ask, 5);
    expect(sent).to.deep.equal([[1], [2]]);
    answers[1]?.resolve();
    await setImmediate();
    await inTurn(ask, 6);
    expect(sent).to.deep.equal([[1], [2], [3, 4, 5]]);
    answers[0]?.resolve();
    await setImmediate();
    expect(sent).to.deep.equal([[1], [2], [3, 4, 5], [6]]);
  });

  it('sends at once what comes after the answers', async () => {
    const ask = gatheringWith(patient);
    for (const key of [1, 2, 3]) {
      await inTurn(ask, key);
      answers.at(-1)?.resolve();
    }
    expect(sent).to.deep.equal([[1], [2], [3]]);
  });

  it('goes on where a batch is refused', async () => {
    const ask = gatheringWith(patient);
    const { asked } = await inTurn(ask, 1);
    await inTurn(ask, 2);
    await inTurn(ask, 3);
    answers[0]?.reject(new Error('refused'));
    expect((await asked)[0]).to.include({ status: 'rejected' });
    await setImmediate();
    expect(sent).to.deep.equal([[1], [2], [3]]);
  });

  it('waits for a batch without an answer no longer than it may', async () => {
    const ask = gatheringWith({ mostUnderWay: 1, longestWait: 1 });
    await inTurn(ask, 1);
    await inTurn(ask, 2);
    while (sent.length < 2) await setImmediate();
    expect(sent).to.deep.equal([[1], [2]]);
  });

  it('fails where sending does, and goes on', async () => {
    let fault: Error | undefined = new Error('not sent');
    const ask = gathering(
      (asked: ReadonlyMap<number, string>) => {
        if (fault) throw fault;
        return new Map([...asked].map(([key]) => [key, Promise.resolve(key)]));
      },
      { mostUnderWay: 1, longestWait: 60_000 },
    );
    const refused = await ask(1, '').catch((error: Error) => error.message);
    expect(refused).to.equal('not sent');
    fault = undefined;
    expect(await ask(2, '')).to.equal(2);
  });
});
