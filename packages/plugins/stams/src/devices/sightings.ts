/** What this instance heard of each STAMS and has not written yet, or wrote a short time ago. */
import type { Reported, SeenUpdate, Status } from './status-store.js';

interface Sighting {
  readonly lastSeen: number;
  /** Until it is written. */
  readonly reported: Reported | undefined;
}

export interface Sightings {
  /** Of a request received at `now`; requests may come here in another order than that in which they were received. */
  add(uid: number, now: number, status?: Status): void;
  of(uid: number): Sighting;
  /** What is new of STAMS that were written last at `writtenBefore` or earlier; from `now` on it counts as written. */
  takeDue(writtenBefore: number, now: number): SeenUpdate[];
  /** What was taken could not be written, and is due again. */
  putBack(updates: readonly SeenUpdate[]): void;
  forgetWritten(updates: readonly SeenUpdate[]): void;
  /** Those with nothing to write that were seen last before `before`. */
  forgetUnseen(before: number): void;
}

interface Entry {
  lastSeen: number;
  reported: Reported | undefined;
  writtenAt: number;
  dirty: boolean;
}

const none: Readonly<Entry> = { lastSeen: 0, reported: undefined, writtenAt: 0, dirty: false };

export function createSightings(): Sightings {
  const entries = new Map<number, Entry>();
  return {
    add(uid, now, status) {
      const { lastSeen, reported, writtenAt } = entries.get(uid) ?? none;
      entries.set(uid, {
        lastSeen: Math.max(lastSeen, now),
        reported: status && now >= (reported?.at ?? 0) ? { status, at: now } : reported,
        writtenAt,
        dirty: true,
      });
    },
    of: (uid) => entries.get(uid) ?? none,
    takeDue(writtenBefore, now) {
      const due: SeenUpdate[] = [];
      for (const [uid, entry] of entries) {
        if (!entry.dirty || entry.writtenAt > writtenBefore) continue;
        due.push({ uid, lastSeen: entry.lastSeen, reported: entry.reported });
        Object.assign(entry, { dirty: false, writtenAt: now });
      }
      return due;
    },
    putBack(updates) {
      for (const { uid } of updates) Object.assign(entries.get(uid) ?? {}, { dirty: true, writtenAt: 0 });
    },
    forgetWritten(updates) {
      for (const { uid, reported } of updates) {
        const entry = entries.get(uid);
        if (entry && entry.reported === reported) entry.reported = undefined;
      }
    },
    forgetUnseen(before) {
      for (const [uid, { dirty, lastSeen }] of entries) if (!dirty && lastSeen < before) entries.delete(uid);
    },
  };
}
