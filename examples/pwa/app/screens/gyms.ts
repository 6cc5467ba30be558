/** Gyms, the nearest first. */
import type { PublicGym } from '@palestra/client';
import { client } from '../client.js';
import { type Child, h, replace } from '../dom.js';
import { field, perform } from '../form.js';
import { distance } from '../format.js';
import { growingList } from '../growing-list.js';
import { icon } from '../icons.js';
import { currentPlace, findPlace, locate, type Place, setPlace } from '../place.js';
import type { Screen, Visit } from '../router.js';
import { tile } from '../tile.js';

export function openGyms({ signal }: Visit): Screen {
  const results = h('section', { 'aria-labelledby': 'around' });
  let shown = new AbortController();
  signal.addEventListener('abort', () => shown.abort());

  function show(place: Place | undefined): void {
    shown.abort();
    shown = new AbortController();
    const around = place ? `Around ${place.label}` : 'All gyms';
    replace(results, h('h2', { id: 'around' }, around), gymList(place, shown.signal));
  }

  show(currentPlace());
  const choose = (place: Place) => {
    setPlace(place);
    show(place);
  };
  return { title: 'Find a gym', keeps: true, content: [placeForm(choose, signal), results] };
}

function gymList(place: Place | undefined, signal: AbortSignal): Child {
  return growingList<PublicGym>({
    label: 'Gyms',
    items: 'gyms',
    load: (after, pageSize) => client.discovery.gyms({ near: place?.near, after }, { pageSize, signal }),
    show: gymCard,
    empty: h('p', { class: 'panel' }, 'There is no gym here yet.'),
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

function placeForm(choose: (place: Place) => void, signal: AbortSignal): Child {
  const alert = h('p', { class: 'error', role: 'alert' });
  const search = h('button', { class: 'button', type: 'submit', 'aria-label': 'Search' }, icon('search'));
  const where = field(
    'Where?',
    {
      name: 'place',
      required: true,
      maxlength: 100,
      autocomplete: 'off',
      enterkeyhint: 'search',
      placeholder: 'Salzburg, or 47.80, 13.04',
      hint: 'A town, a street, or latitude and longitude',
    },
    search,
  );

  function submit(event: SubmitEvent): void {
    event.preventDefault();
    void perform({ button: search, alert }, async () => {
      const text = where.input.value;
      const place = await findPlace(text, signal);
      if (place) choose(place);
      else replace(alert, `No gym is known at “${text.trim()}”. Try a town nearby, or coordinates.`);
    });
  }

  const here = h('button', { class: 'button quiet wide', type: 'button' }, icon('target'), 'Use my location');
  here.addEventListener('click', async () => {
    await perform({ button: here, alert }, async () => choose(await locate()));
    if (alert.textContent !== '') where.input.focus();
  });
  return h('form', { class: 'stack', role: 'search', onsubmit: submit }, where.element, alert, here);
}
