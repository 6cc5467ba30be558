/** One pass: the QR code that opens the door, renewed before it expires, and the visits made with it. */
import type { TransactionRecord } from '@palestra/client';
import { client } from '../client.js';
import { type Child, h, replace } from '../dom.js';
import { isAborted, isOffline, sentenceOf } from '../failure.js';
import { perform } from '../form.js';
import { date, moment, price } from '../format.js';
import { gymName } from '../gym-names.js';
import { announce } from '../live.js';
import { offlineNote, recalledPasses, rememberPass } from '../pass-memory.js';
import { punchCard, stateBadge, visitsLeft } from '../pass-state.js';
import { qrPicture } from '../qr.js';
import { reopen, type Screen, type Visit } from '../router.js';
import { say } from '../words.js';

/** A code is good for 60 s. */
const renewEveryMs = 30_000;
/** After a renewal that failed the old code stays so long. */
const goodForMs = 55_000;

export async function openPass({ params: { pass = '' }, signal }: Visit): Promise<Screen> {
  try {
    const record = await client.transaction.get(pass, { signal });
    rememberPass(record);
    const content = record.transactionState === 'pending' ? unpaid(record) : livingTicket(record, signal);
    return screenOf(record, await gymName(record.recipient), content);
  } catch (error) {
    const { passes, at } = recalledPasses();
    const record = passes.find(({ _id }) => _id === pass);
    if (!record || !isOffline(error)) throw error;
    addEventListener('online', reopen, { signal });
    return screenOf(record, await gymName(record.recipient), [offlineNote(at), ticket(record), visitList(record)]);
  }
}

function screenOf({ merchandise, visitRecords }: TransactionRecord, gym: string, content: Child): Screen {
  return {
    title: merchandise.name,
    back: { href: '/passes', label: say('Your passes') },
    wide: visitRecords.length > 0,
    content: [h('p', { class: 'muted' }, gym), content],
  };
}

/** The ticket, and a clock behind it that renews the code while somebody looks at it. */
function livingTicket(first: TransactionRecord, signal: AbortSignal): Child {
  const frame = h('div', { class: 'living' });
  let shown = first;
  let renewedAt = Date.now();
  let timer = 0;

  function show(record: TransactionRecord): void {
    if (record.visitRecords.length > shown.visitRecords.length)
      announce(say('Visit counted. {left}.', { left: visitsLeft(record.count) }));
    shown = record;
    renewedAt = Date.now();
    rememberPass(record);
    replace(frame, ticket(record), visitList(record));
    if (record.qr !== undefined) timer = setTimeout(renew, renewEveryMs);
  }

  async function renew(): Promise<void> {
    clearTimeout(timer);
    if (document.hidden || signal.aborted) return;
    try {
      show(await client.transaction.get(first._id, { signal }));
    } catch (error) {
      if (isAborted(error)) return;
      if (Date.now() - renewedAt > goodForMs) replace(frame, stale(error, renew));
      timer = setTimeout(renew, 5_000);
    }
  }

  document.addEventListener('visibilitychange', renew, { signal });
  addEventListener('online', renew, { signal });
  signal.addEventListener('abort', () => clearTimeout(timer));
  show(first);
  return frame;
}

function ticket(record: TransactionRecord): Child {
  const { qr, count, expiryDate, visitRecords } = record;
  const made = visitRecords.length;
  return h(
    'section',
    { class: 'ticket', 'aria-label': say('Pass') },
    qr !== undefined && [
      h('div', { class: 'code' }, qrPicture(qr, say('QR code of your pass. {left}.', { left: visitsLeft(count) }))),
      h('p', { class: 'small center' }, say('Show this at the door. It renews by itself.')),
      h('div', { class: 'fuse', 'aria-hidden': 'true' }),
    ],
    h(
      'div',
      { class: 'stub' },
      h('p', { class: 'left' }, h('strong', {}, count < 0 ? '∞' : String(count)), h('span', {}, leftLabel(count))),
      stateBadge(record),
    ),
    punchCard(record),
    h(
      'p',
      { class: 'muted small' },
      say('{count} used', { count: made }),
      expiryDate !== null && ` · ${say('valid until {date}', { date: date(expiryDate) })}`,
    ),
    qr !== undefined && codeAsText(qr),
  );
}

function leftLabel(count: number): string {
  if (count < 0) return say('unlimited visits');
  return say(count === 1 ? 'visit left' : 'visits left');
}

/** For a door without a camera. */
function codeAsText(qr: string): Child {
  const copy = h('button', { type: 'button', class: 'button quiet wide' }, say('Copy the code as text'));
  copy.addEventListener('click', async () => {
    await navigator.clipboard.writeText(qr);
    copy.textContent = say('Copied');
    announce(say('The code is copied'));
  });
  return copy;
}

function visitList({ visitRecords }: TransactionRecord): Child {
  if (visitRecords.length === 0) return undefined;
  const latest = [...visitRecords].reverse();
  return [
    h('h2', {}, say('Visits')),
    h(
      'ul',
      { class: 'visits' },
      latest.map((visit) => h('li', {}, h('time', { datetime: visit.date }, moment(visit.date)))),
    ),
  ];
}

/** Too old to be let in by. */
function stale(error: unknown, renew: () => void): Child {
  return h(
    'div',
    { class: 'panel bad', role: 'alert' },
    h('p', {}, `${say('The code is too old to open the door.')} `, sentenceOf(error)),
    h('button', { type: 'button', class: 'button', onclick: renew }, say('Try again')),
  );
}

/** Begun and not completed: the answer was lost, or the app was closed. */
function unpaid(record: TransactionRecord): Child {
  const alert = h('p', { class: 'error', role: 'alert' });
  const { _id: transactionRecordId, prepayId } = record;
  const act = (label: string, look: string, work: () => Promise<unknown>) => {
    const button = h('button', { type: 'button', class: `button wide ${look}` }, label);
    button.addEventListener('click', () => {
      void perform({ button, alert }, async () => {
        await work();
        reopen();
      });
    });
    return button;
  };
  return [
    h('div', { class: 'card order' }, stateBadge(record), h('p', { class: 'price total' }, price(record.price))),
    alert,
    prepayId !== null &&
      act(say('Complete the payment'), '', () =>
        client.transaction.verify({ transactionRecordId, transactionId: prepayId }),
      ),
    act(say('Cancel the purchase'), 'quiet', () => client.transaction.cancel(transactionRecordId)),
  ];
}
