/** Where SQL names a table, and where a word of the same name is something else. */
import { expect } from 'chai';
import { renameTables } from '../../src/database/rename-tables.js';

const tables = new Set(['gym', 'event', 'coach', 'legacy_id']);
const renaming = {
  table: (name: string) => (tables.has(name.toLowerCase()) ? `p_${name}` : undefined),
  object: (name: string) => `p_${name}`,
};

/** The SQL with `p_` wherever a name gets the prefix; without, it is what is given. */
const both: readonly string[] = [
  'select `name` from `p_gym` where `name` = ?',
  'select p_gym.name, event from p_gym where event = 1',
  'select `event`, count(*) as `coach` from `p_event` as `e`, p_gym where e.coach = `p_gym`.`event` order by coach, event',
  'select "event"."x" as y from p_event p_coach where p_coach.event = 1',
  'select * from p_gym as p_coach join p_event using (coach) left join other on other.gym = p_coach.event group by coach, gym having event > 1',
  'select * from (select coach, gym from p_coach) as p_event, (p_gym join p_coach on 1 = 1) where p_event.coach in (select gym from p_gym)',
  'with p_event as (select 1 as coach from p_gym), x (coach, gym) as (select 1, 2) select coach, gym from p_event, x',
  'with recursive p_event (gym) as (select gym from p_coach union all select gym from p_event) select gym from p_event',
  'insert into p_event (event, coach) values (?, ?) on duplicate key update event = values(coach)',
  'insert or ignore into p_gym (gym) select coach from p_coach where event is not distinct from gym',
  'INSERT IGNORE p_gym SET gym = 1',
  'replace into p_gym (gym) values (replace(coach, gym, event))',
  'insert into `p_gym` (`event`) values (1) on conflict (`event`) do update set `event` = `p_gym`.`event` + 1 returning event',
  'update p_gym set event = p_gym.event + 1, coach = (select max(coach) from p_coach) where gym = 1',
  'update p_gym inner join kept on kept.gym = p_gym.gym set p_gym.coach = kept.event',
  'update p_gym, p_event set gym = event',
  'delete from p_gym where event = 1',
  'delete p_gym, p_event from p_gym join p_event on 1 = 1',
  'delete from p_gym using p_gym join p_event on 1 = 1',
  'select extract(day from event), trim(gym from coach), substring(event from 2) from p_event for update',
  'select 1 from p_gym limit 1 union all select coach, event from p_event',
  'create table if not exists `p_event` (`id` integer primary key, `gym` integer, coach text, unique index `p_x` (`gym`), key p_y (event), constraint `p_fk` foreign key (`gym`) references `p_gym` (`id`) on delete cascade on update cascade, `coach` text, constraint p_c check (event > gym), primary key (`gym`))',
  'create table p_event like p_gym',
  'create table other as select coach from p_coach where gym like event',
  'create unique index if not exists `p_gym_event` on `p_gym` (`event`, `coach`)',
  'drop index `p_gym_event` on `p_gym`',
  'drop table if exists p_gym, p_event',
  'alter table `p_gym` add column `event` text references `p_event` (`gym`) on delete set null, add constraint `p_fk` foreign key (`coach`) references p_coach (`id`), drop foreign key p_old, drop column coach',
  'alter table p_gym rename to p_event',
  'alter table p_gym rename column event to coach',
  'alter table p_gym modify column event varchar(1), drop primary key, add index p_i (coach)',
  'create trigger if not exists p_t before update on p_gym begin select raise(abort, "gym"); update p_event set coach = new.gym; end',
  "create trigger p_t before delete on p_gym for each row signal sqlstate '45000' set message_text = 'gym from gym'",
  'create trigger p_t after insert on p_gym for each row update p_event set event = new.event',
  'lock tables `p_gym` write, p_event read',
  'pragma foreign_key_check(p_gym)',
  'select gym from p_gym force index (p_gym_event, p_i) where event = 1',
  'explain query plan select event from p_gym indexed by p_i where coach = 1',
  "select 'from gym', 'it''s gym.event', coach -- from gym\n from p_gym /* join event */",
  'select * from main.gym, other.event where gym = 1',
  'select * from event.gym, coach.event as p_gym where p_gym.x = 1',
  'show columns from p_gym',
  'show create table p_gym',
  'select legacy_id from p_legacy_id where p_legacy_id.legacy_id = legacy_id',
  'select case when event then gym else coach end as gym from p_gym',
  'select row_number() over (partition by coach order by event) as coach from p_gym',
  'SELECT 1 FROM P_GYM'.replace('P_GYM', 'p_GYM'),
];

const plain = (sql: string) => sql.replaceAll('p_', '');

describe('tables in SQL', () => {
  for (const sql of both) {
    it(`are renamed in ${plain(sql).slice(0, 90)}`, () => {
      expect(renameTables(plain(sql), 'sqlite', renaming)).to.equal(
        // Only SQLite takes a double-quoted word for a name.
        sql.replace('"event"."x"', '"p_event"."x"'),
      );
    });
  }

  it('are not looked for in the strings of MySQL, however they are written', () => {
    const sql = `select "from gym", 'it\\'s from gym', 1 # from gym\n from p_gym where event = "event".''`;
    expect(renameTables(plain(sql), 'mysql', renaming)).to.equal(sql);
  });

  it('leave a text without any as it is, byte by byte', () => {
    const sql = "  select\t?, '\\', x'00' , 1.5e3 from\n other ; ";
    expect(renameTables(sql, 'sqlite', renaming)).to.equal(sql);
  });

  it('are given the prefix once', () => {
    for (const sql of both) {
      const once = { ...renaming, object: (name: string) => (name.startsWith('p_') ? undefined : `p_${name}`) };
      expect(renameTables(sql, 'mysql', once)).to.equal(sql);
    }
  });
});
