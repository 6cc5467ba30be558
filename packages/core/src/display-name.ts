/** What the club API shows of a person: "Login also returns the display name" (Starball API). */

export interface Named {
  readonly username: string;
  readonly firstName: string | null;
  readonly lastName: string | null;
}

/** First and last name, as far as there are any; else the user name. */
export function displayName({ firstName, lastName, username }: Named): string {
  return [firstName, lastName].filter((part) => part !== null).join(' ') || username;
}
