/** What should cost no more with a million rows than with a thousand: its answer is as long. */
import type { Template } from './contender.js';

export interface GrowthWorkload {
  readonly name: string;
  readonly title: string;
  /** `count` rows of each kind; `turn` is a new number at each request. */
  request(count: number, turn: number): Template;
}

const idOf = (id: number): string => String(id).padStart(12, '0');

const operate = (resource: string, operation: string, data: object): Template => ({
  method: 'POST',
  path: `/api/${resource}`,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ operation, data }),
});
const query = (data: object): Template => operate('gym', 'query', data);
const discover = (what: string): Template => ({ method: 'GET', path: `/api/discovery/${what}&find=20` });

/** A row that is somewhere else each time. */
const somewhere = (count: number, turn: number): number => 1 + ((turn * 7919) % count);

/** A point among the rows, and one in the Atlantic. */
const near = 'near=13.0550,47.8095';
const far = 'near=-30,0';

export const growthWorkloads: readonly GrowthWorkload[] = [
  {
    name: 'by-key',
    title: 'one by key',
    request: (count, turn) => ({ method: 'GET', path: `/api/gym/${idOf(somewhere(count, turn))}` }),
  },
  {
    name: 'name-equals',
    title: 'name equals',
    request: (count, turn) => query({ name: { equals: `Gym ${somewhere(count, turn)}` } }),
  },
  {
    name: 'late-page',
    title: 'page of 20 after 95 %',
    request: (count) => query({ after: idOf(Math.floor(count * 0.95)), find: 20 }),
  },
  {
    name: 'contains-hit',
    title: 'contains, 20 found',
    request: () => query({ name: { contains: '99' }, find: 20 }),
  },
  {
    name: 'contains-miss',
    title: 'contains, nothing found',
    request: (_, turn) => query({ name: { contains: `nowhere ${turn}` }, find: 20 }),
  },
  {
    name: 'contains-two-miss',
    title: 'contains, two letters, nothing found',
    request: () => query({ name: { contains: 'qq' }, find: 20 }),
  },
  {
    name: 'keyword-miss',
    title: 'discovery by keyword, nothing found',
    request: (_, turn) => discover(`gym?keyword=nowhere${turn}`),
  },
  {
    name: 'keyword-near',
    title: 'discovery by keyword and distance, 20 found',
    request: () => discover(`gym?${near}&keyword=Linz`),
  },
  {
    name: 'keyword-near-few',
    title: 'discovery by keyword and distance, one found',
    request: (count, turn) => discover(`gym?${near}&keyword=${encodeURIComponent(`gym-${somewhere(count, turn)}@`)}`),
  },
  {
    name: 'keyword-near-miss',
    title: 'discovery by keyword and distance, nothing found',
    request: (_, turn) => discover(`gym?${near}&keyword=nowhere${turn}`),
  },
  {
    name: 'merchandise-near-miss',
    title: 'merchandise by keyword and distance, nothing found',
    request: (_, turn) => discover(`merchandise?${near}&keyword=nowhere${turn}`),
  },
  { name: 'near', title: 'discovery by distance, near', request: () => discover(`gym?${near}`) },
  { name: 'far', title: 'discovery by distance, an ocean away', request: () => discover(`gym?${far}`) },
  {
    name: 'merchandise-near',
    title: 'merchandise by distance, near',
    request: () => discover(`merchandise?${near}`),
  },
  {
    name: 'merchandise-far',
    title: 'merchandise by distance, an ocean away',
    request: () => discover(`merchandise?${far}`),
  },
  {
    name: 'gym-of-5-percent',
    title: '20 of a gym that has 5 % of all merchandise',
    request: () => operate('merchandise', 'query', { gym: { equals: idOf(1) }, find: 20 }),
  },
  {
    name: 'create',
    title: 'create',
    request: (_, turn) => operate('gym', 'create', { name: `New ${process.pid}-${turn}`, address: 'Seestraße 12' }),
  },
];
