/**
 * Statements that are sent together: the next does not wait for the answer to the one before, so they take one round trip
 * and one write to the socket. The server runs them in order, whatever becomes of those before. mysql2 itself sends a
 * command when the one before is answered; to it this is one command, which runs those that it has made for the statements.
 * Commands are not public in mysql2, so package.json takes patches of one minor version only.
 */
import type { QueryError, Connection as Raw } from 'mysql2';

export interface SentStatement {
  readonly sql: string;
  /** Undefined for text that is not prepared. */
  readonly values?: readonly (string | Buffer | null)[];
  readonly rowsAsArray?: boolean;
  done(error: QueryError | null, value?: unknown): void;
}

/** What mysql2 calls of a command. */
interface Command {
  /** Without a packet it sends; with one it takes the answer apart. True once it has all of it. */
  execute(packet: unknown, connection: CommandConnection): boolean;
  onResult?(error: Error): void;
  /** Of a command that runs a prepared statement; undefined until it is prepared. */
  readonly statement?: Prepared | undefined;
}

/** What commands see of a connection. */
interface CommandConnection {
  addCommand(command: Command): void;
  /** The number of the next packet; an answer begins with 1. */
  sequenceId: number;
  readonly stream: { cork(): void; uncork(): void };
}

/** mysql2's types leave its commands out. */
const commandsOf = (raw: Raw): CommandConnection => raw as unknown as CommandConnection;

/** What mysql2 keeps of a statement that is prepared, on the connection or on what stands in for it. */
interface Prepared {
  _connection: Pick<CommandConnection, 'addCommand'>;
  execute(values: readonly unknown[], done: SentStatement['done']): void;
  /** mysql2 has too many. */
  close(): unknown;
}

/** Sends the statements of one connection. */
export class StatementSender {
  readonly #raw: Raw;
  /** The connection, but for its commands: they are made, and not sent yet. */
  readonly #collector: Raw;
  #made: Command[] = [];
  /** By their SQL. mysql2 finds them by a text that it makes of the SQL and its options for each execution, and by a command. */
  readonly #prepared = new Map<string, Prepared>();

  constructor(raw: Raw) {
    this.#raw = raw;
    const addCommand = (command: Command) => {
      this.#made.push(command);
      return command;
    };
    this.#collector = Object.create(raw, { addCommand: { value: addCommand } });
  }

  alone(statement: SentStatement): void {
    for (const command of this.#commandsFor([statement])) commandsOf(this.#raw).addCommand(command);
  }

  together(statements: readonly SentStatement[]): void {
    commandsOf(this.#raw).addCommand(new Pipeline(this.#commandsFor(statements)));
  }

  /** Those that mysql2 makes: for a statement that is not prepared, one before it that prepares it. */
  #commandsFor(statements: readonly SentStatement[]): Command[] {
    for (const statement of statements) this.#make(statement);
    const made = this.#made;
    this.#made = [];
    return made;
  }

  #make({ sql, values, rowsAsArray, done }: SentStatement): void {
    if (values === undefined) this.#collector.query(sql, done);
    else if (rowsAsArray) this.#collector.execute({ sql, values: [...values], rowsAsArray }, done);
    else this.#execute(sql, values, done);
  }

  #execute(sql: string, values: readonly unknown[], done: SentStatement['done']): void {
    const prepared = this.#prepared.get(sql);
    if (prepared) prepared.execute(values, done);
    else this.#prepareAndExecute(sql, values, done);
  }

  #prepareAndExecute(sql: string, values: readonly unknown[], done: SentStatement['done']): void {
    const keep = (error: QueryError | null, result: unknown) => {
      if (!error) this.#keep(sql, command?.statement);
      done(error, result);
    };
    // Without options, of which mysql2 makes several copies for each statement.
    this.#collector.execute(sql, [...values] as string[], keep);
    const command = this.#made.at(-1);
  }

  #keep(sql: string, prepared: Prepared | undefined): void {
    if (!prepared) return;
    const { close } = prepared;
    prepared.close = () => {
      this.#prepared.delete(sql);
      return close.call(prepared);
    };
    this.#prepared.set(sql, Object.create(prepared, { _connection: { value: this.#collector } }));
  }
}

class Pipeline implements Command {
  readonly #unsent: Command[];
  /** In the order of their answers. */
  readonly #sent: Command[] = [];

  constructor(commands: Command[]) {
    this.#unsent = commands;
  }

  execute(packet: unknown, connection: CommandConnection): boolean {
    const [current] = this.#sent;
    if (packet && current) {
      if (!current.execute(packet, connection)) return false;
      this.#sent.shift();
      connection.sequenceId = 1;
    }
    if (this.#sent.length === 0) this.#send(connection);
    return this.#sent.length === 0;
  }

  /** The connection is lost. */
  onResult(error: Error): void {
    for (const command of [...this.#sent.splice(0), ...this.#unsent.splice(0)]) command.onResult?.(error);
  }

  /** As far as statements are prepared: one that is not yet is prepared first, and waited for. */
  #send(connection: CommandConnection): void {
    connection.stream.cork();
    for (let next = this.#unsent[0]; next && !this.#isBeingPrepared(next); next = this.#unsent[0]) {
      this.#unsent.shift();
      if (!next.execute(undefined, connection)) this.#sent.push(next);
    }
    connection.stream.uncork();
  }

  /** mysql2 adds the command that prepares a statement right before the one that runs it. */
  #isBeingPrepared(command: Command): boolean {
    const before = this.#sent.at(-1);
    return (
      'statement' in command && command.statement === undefined && before !== undefined && !('statement' in before)
    );
  }
}
