/** The server's side of sessions, as its contract has it: rotation, a key for lost replies, and reuse that ends a family. */

/** Why a family of tokens has ended. */
export type End = 'signed_out' | 'reuse' | 'expired';

interface RefreshToken {
  readonly expiresAt: number;
  /** Set when the token was exchanged. */
  used?: { readonly at: number; readonly key: string | undefined; readonly successor: string };
}

export interface Family {
  readonly id: number;
  readonly expiresAt: number;
  readonly tokens: Map<string, RefreshToken>;
  end?: End;
}

export interface TokenPair {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly expires_in: number;
}

const hour = 3_600_000;
const idleMs = 7 * 24 * hour;
const absoluteMs = 30 * 24 * hour;
const graceMs = 10_000;

export class Families {
  readonly all: Family[] = [];
  #serial = 0;

  signIn(now: number): { readonly family: Family; readonly pair: TokenPair } {
    const family: Family = { id: this.all.length, expiresAt: now + absoluteMs, tokens: new Map() };
    this.all.push(family);
    return { family, pair: this.#pair(family, this.#issue(family, now), now) };
  }

  /** Undefined if the token is refused. */
  refresh(token: string, key: string | undefined, now: number): TokenPair | undefined {
    const family = this.familyOf(token);
    const row = family?.tokens.get(token);
    if (!family || !row || family.end) return undefined;
    if (now >= Math.min(row.expiresAt, family.expiresAt)) {
      family.end = 'expired';
      return undefined;
    }
    if (row.used === undefined) {
      const successor = this.#issue(family, now);
      row.used = { at: now, key, successor };
      return this.#pair(family, successor, now);
    }
    const isAnswerable = family.tokens.get(row.used.successor)?.used === undefined;
    const isSame =
      key === undefined ? now - row.used.at <= graceMs && row.used.key === undefined : key === row.used.key;
    if (isAnswerable && isSame) return this.#pair(family, row.used.successor, now);
    family.end = 'reuse';
    return undefined;
  }

  signOut(token: string): void {
    const family = this.familyOf(token);
    if (family) family.end ??= 'signed_out';
  }

  isAccepted(accessToken: string, now: number): boolean {
    const [id, expiresAt] = accessToken.split('.').map(Number);
    const family = this.all[id ?? -1];
    return family !== undefined && family.end === undefined && now < (expiresAt ?? 0);
  }

  familyOf(refreshToken: string): Family | undefined {
    return this.all[Number(refreshToken.split('.')[0])];
  }

  /** Whether the holder of this token, with this key, can still get the family's newest one. */
  isRecoverable(token: string, key: string | undefined, now: number): boolean {
    const family = this.familyOf(token);
    const row = family?.tokens.get(token);
    if (!family || !row || family.end || now >= Math.min(row.expiresAt, family.expiresAt)) return false;
    if (row.used === undefined) return true;
    return key !== undefined && key === row.used.key && family.tokens.get(row.used.successor)?.used === undefined;
  }

  #issue(family: Family, now: number): string {
    const token = `${family.id}.refresh.${this.#serial++}`;
    family.tokens.set(token, { expiresAt: Math.min(now + idleMs, family.expiresAt) });
    return token;
  }

  #pair(family: Family, refresh_token: string, now: number): TokenPair {
    return { access_token: `${family.id}.${now + hour}.${this.#serial++}`, refresh_token, expires_in: hour / 1000 };
  }
}
