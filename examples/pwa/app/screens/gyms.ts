/** Gyms: around a place, the nearest first, or by name. */
import type { PublicGym } from '@palestra/client';
import { client } from '../client.js';
import { type Child, h, replace } from '../dom.js';
import { field, perform } from '../form.js';
import { distance } from '../format.js';
import { growingList } from '../growing-list.js';
import { icon } from '../icons.js';
import { currentPlace, type Found, locate, search, setPlace } from '../place.js';
import { go, reopen, type Screen, type Visit } from '../router.js';
import { tile } from '../tile.js';
import { say } from '../words.js';

/** The address has what was searched for, so that it can be gone back to and shared. */
export async function openGyms({ query, signal }: Visit): Promise<Screen> {
  const text = query.get('q')?.trim() ?? '';
  const found = text === '' ? placeBefore() : await search(text, signal);
  if (text !== '' && found?.kind === 'place') setPlace(found.place);
  return {
    title: say('Find a gym'),
    keeps: true,
    wide: true,
    content: [searchForm(text, signal), results(text, found, signal)],
  };
}

function placeBefore(): Found | undefined {
  const place = currentPlace();
  return place && { kind: 'place', place };
}

function results(text: string, found: Found | undefined, signal: AbortSignal): Child {
  if (text !== '' && !found) {
    return h(
      'section',
      { class: 'panel' },
      h('p', {}, noHit(text)),
      h('a', { class: 'button quiet', href: '/' }, say('Show all gyms')),
    );
  }
  return h(
    'section',
    { 'aria-labelledby': 'around' },
    h(
      'div',
      { class: 'row' },
      h('h2', { id: 'around' }, titleOf(found)),
      found && h('button', { type: 'button', class: 'button plain', onclick: forget }, say('Show all gyms')),
    ),
    gymList(found, signal),
  );
}

function titleOf(found: Found | undefined): string {
  if (!found) return say('All gyms');
  if (found.kind === 'name') return say('Gyms named “{name}”', { name: found.text });
  return say('Around {place}', { place: found.place.label });
}

function noHit(text: string): string {
  return say('No gym is known at “{text}”. Try a town nearby, or coordinates.', { text });
}

function forget(): void {
  setPlace(undefined);
  go('/');
}

function gymList(found: Found | undefined, signal: AbortSignal): Child {
  const criteria =
    found?.kind === 'name' ? { keyword: found.text, near: currentPlace()?.near } : { near: found?.place.near };
  return growingList<PublicGym>({
    label: say('Gyms'),
    shown: '{count} gyms shown',
    load: (after, pageSize) => client.discovery.gyms({ ...criteria, after }, { pageSize, signal }),
    show: gymCard,
    empty: h('p', { class: 'panel' }, say('There is no gym here yet.')),
    signal,
  });
}

function gymCard({ _id, name, address, services, distance: metres }: PublicGym): Child {
  return h(
    'a',
    { class: 'card gym', href: `/gyms/${_id}` },
    tile(name),
    h(
      'span',
      { class: 'text' },
      h('strong', {}, name),
      address !== null && h('span', { class: 'muted' }, address),
      services.length > 0 && h('span', { class: 'muted small' }, services.join(' · ')),
    ),
    metres !== undefined && h('span', { class: 'distance' }, distance(metres)),
  );
}

function searchForm(text: string, signal: AbortSignal): Child {
  const alert = h('p', { class: 'error', role: 'alert' });
  const button = h('button', { class: 'button', type: 'submit', 'aria-label': say('Search') }, icon('search'));
  const where = field(
    say('Where, or which gym?'),
    {
      name: 'place',
      value: text,
      required: true,
      maxlength: 100,
      autocomplete: 'off',
      enterkeyhint: 'search',
      placeholder: say('Salzburg, or Yoga Loft'),
      hint: say('A town, a street, the name of a gym, or latitude and longitude'),
    },
    button,
  );

  function submit(event: SubmitEvent): void {
    event.preventDefault();
    void perform({ button, alert }, async () => {
      const wanted = where.input.value.trim();
      if (await search(wanted, signal)) go(`/?q=${encodeURIComponent(wanted)}`);
      else replace(alert, noHit(wanted));
    });
  }

  const here = h('button', { class: 'button quiet wide', type: 'button' }, icon('target'), say('Use my location'));
  here.addEventListener('click', async () => {
    await perform({ button: here, alert }, async () => {
      setPlace(await locate());
      if (location.search === '') reopen();
      else go('/');
    });
    if (alert.textContent !== '') where.input.focus();
  });
  return h('form', { class: 'stack', role: 'search', onsubmit: submit }, where.element, alert, here);
}
