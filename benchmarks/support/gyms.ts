/** A gym table of any size, and what a streamed answer holds of it. */
import Database from 'better-sqlite3';

/** Writes `count` gyms straight into the server's SQLite file. */
export function fillGyms(dataDir: string, count: number): void {
  const database = new Database(`${dataDir}/palestra.sqlite`);
  database.pragma('busy_timeout = 5000');
  database
    .prepare(
      `insert into gym (name, name_folded, address, address_folded, services, services_folded, equipments,
                        equipments_folded, announcements, longitude, latitude, created_at, updated_at)
       with recursive n(i) as (select 1 union all select i + 1 from n where i < ?)
       select 'Gym ' || i, 'gym ' || i, 'Street ' || i, 'street ' || i, '["Sauna"]', 'sauna', '[]', '', '[]',
              13 + i / 1e6, 47 + i / 1e6, 0, 0 from n`,
    )
    .run(count);
  database.close();
}

/** Counts the rows of a streamed answer without keeping it. */
export async function countStreamed(response: Response, onChunk: () => void): Promise<number> {
  const key = '"_id"';
  const decoder = new TextDecoder();
  let found = 0;
  let tail = '';
  for await (const chunk of response.body ?? []) {
    const text = tail + decoder.decode(chunk as Uint8Array, { stream: true });
    found += text.split(key).length - 1;
    tail = text.slice(1 - key.length);
    onChunk();
  }
  return found;
}
