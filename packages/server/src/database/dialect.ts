/** What differs between the databases, as facts. */

export interface Dialect {
  readonly name: 'sqlite' | 'mysql';
}
