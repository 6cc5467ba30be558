/** The gym's side: scan a member's code, by camera or by paste, and see at once whether they may come in. */
import { type Gym, isClientError, type Merchandise, type TransactionRecord } from '@palestra/client';
import { client } from '../client.js';
import { type Child, h, replace } from '../dom.js';
import { isAborted, sentenceOf } from '../failure.js';
import { field, perform } from '../form.js';
import { icon } from '../icons.js';
import { currentMember, keepsDoor } from '../member.js';
import { recall, remember } from '../memory.js';
import { visitsLeft } from '../pass-state.js';
import { go, type Screen, signInPath, type Visit } from '../router.js';
import { createScanner } from '../scanner.js';
import { say } from '../words.js';
import { learnWorkplaces, rememberWorkplace, workplaces } from '../workplaces.js';

export async function openDoor({ query, signal }: Visit): Promise<Screen> {
  const member = currentMember();
  const asked = query.get('gym');
  if (!member) go(signInPath(`/door${location.search}`), { instead: true });
  else if (asked) enterWorkplace(asked);
  const title = say('At the door');
  if (!member || !keepsDoor(member)) {
    return {
      title,
      content: h('p', { class: 'panel' }, say('Only gyms let members in. If you work for one, open its page.')),
    };
  }
  const gyms = await placesOf(signal);
  if (gyms.length === 0) return { title, content: h('p', { class: 'panel' }, say('No gym is yours yet.')) };
  return { title, content: desk(gyms, signal) };
}

function enterWorkplace(gym: string): void {
  rememberWorkplace(gym);
  remember('door.gym', gym);
}

type Place = Pick<Gym, '_id' | 'name'>;

/** Those where the member works, and those opened before from their pages. */
async function placesOf(signal: AbortSignal): Promise<Place[]> {
  const own = (await learnWorkplaces({ signal })).map(({ gym, name }) => ({ _id: gym, name }));
  const opened = workplaces().filter((id) => own.every(({ _id }) => _id !== id));
  const others = opened.map((gym) => client.gym.query({ _id: { equals: gym } }, { signal }));
  return [...own, ...(await Promise.all(others)).flat()];
}

/** What the door is for is remembered, since a door rarely moves. */
function desk(gyms: readonly Place[], signal: AbortSignal): Child {
  const gym = choice<Place>(say('Gym'), 'gym');
  const offer = choice<Merchandise>(say('Admit with'), 'offer');
  const result = h('div', { class: 'result', role: 'alert' });
  const log = h('ol', { class: 'log', 'aria-label': say('Latest') });

  async function loadOffers(): Promise<void> {
    try {
      const criteria = { gym: { equals: gym.chosen() }, find: 100 };
      offer.offer(await client.merchandise.query(criteria, { signal }));
    } catch (error) {
      if (!isAborted(error)) replace(result, h('p', { class: 'panel bad' }, sentenceOf(error)));
    }
  }

  async function admit(qr: string): Promise<void> {
    const verdict = await admission(qr, offer.chosen());
    replace(result, verdictPanel(verdict));
    log.prepend(h('li', { class: verdict.admitted ? 'good' : 'bad' }, `${verdict.headline} — ${verdict.detail}`));
    navigator.vibrate?.(verdict.admitted ? 80 : [80, 60, 80]);
  }

  const office = h('nav', { class: 'beside', 'aria-label': say('The gym') });
  function choose(): void {
    const base = `/gyms/${gym.chosen()}`;
    replace(
      office,
      h('a', { class: 'button quiet', href: `${base}/sales` }, say('Sales')),
      h('a', { class: 'button quiet', href: `${base}/staff` }, say('Staff')),
    );
    void loadOffers();
  }

  gym.offer(gyms);
  gym.element.addEventListener('change', choose);
  choose();
  return [
    h('div', { class: 'stack' }, gym.element, offer.element),
    result,
    createScanner(admit, signal),
    codeForm(admit),
    log,
    office,
  ];
}

interface Choice<Item> {
  readonly element: HTMLElement;
  /** The one chosen the last time is chosen again, if it is among them. */
  offer(items: readonly Item[]): void;
  /** Its `_id`. */
  chosen(): string;
}

function choice<Item extends Place>(label: string, name: string): Choice<Item> {
  const key = `door.${name}`;
  const select = h('select', { id: name, name });
  select.addEventListener('change', () => remember(key, select.value));
  return {
    element: h('div', { class: 'field' }, h('label', { for: name }, label), select),
    chosen: () => select.value,
    offer(items) {
      const last = recall<string>(key);
      const options = items.map(({ _id, name }) => h('option', { value: _id, selected: _id === last }, name));
      replace(select, options);
    },
  };
}

/** For a code that was copied, and for scanners that type. */
function codeForm(admit: (qr: string) => Promise<void>): Child {
  const alert = h('p', { class: 'error', role: 'alert' });
  const button = h('button', { type: 'submit', class: 'button' }, say('Let in'));
  const code = field(
    say('Code of the pass'),
    {
      name: 'code',
      autocomplete: 'off',
      spellcheck: 'false',
      required: true,
      maxlength: 300,
      placeholder: say('Paste it here'),
    },
    button,
  );
  function onsubmit(event: SubmitEvent): void {
    event.preventDefault();
    void perform({ button, alert }, async () => {
      await admit(code.input.value.trim());
      code.input.value = '';
      code.input.focus();
    });
  }
  return h('form', { class: 'stack', onsubmit }, code.element, alert);
}

interface Verdict {
  readonly admitted: boolean;
  readonly headline: string;
  readonly detail: string;
  /** Id of the purchase. */
  readonly sale?: string;
}

async function admission(qr: string, merchandiseId: string): Promise<Verdict> {
  try {
    return welcome(await client.transaction.admit({ qr, merchandiseId }));
  } catch (error) {
    return { admitted: false, headline: say('Not admitted'), detail: reasonOf(error) };
  }
}

function welcome({ _id, merchandise, count }: TransactionRecord): Verdict {
  return { sale: _id, admitted: true, headline: say('Come in'), detail: `${merchandise.name}: ${visitsLeft(count)}` };
}

/** What a `conflict` is about the server says best: used up, older than a minute, used already, other merchandise. */
function reasonOf(error: unknown): string {
  if (!isClientError(error)) return sentenceOf(error);
  if (error.code === 'qr_invalid' || error.kind === 'invalid') return say('This is not the code of a pass.');
  if (error.kind === 'not_found') return say('This pass is from another gym.');
  if (error.kind === 'permission') return say('You may not let members in here.');
  return sentenceOf(error);
}

function verdictPanel({ admitted, headline, detail, sale }: Verdict): Child {
  const panel = h(
    'div',
    { class: `verdict ${admitted ? 'good' : 'bad'}` },
    icon(admitted ? 'check' : 'cross'),
    h('p', {}, h('strong', {}, headline), h('span', {}, detail)),
  );
  return [
    panel,
    sale !== undefined && h('a', { class: 'button quiet', href: `/sales/${sale}` }, say('Open the purchase')),
  ];
}
