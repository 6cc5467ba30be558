/** The Grafana dashboard: a table of panels, from which `npm run generate` makes the JSON that Grafana reads. */

interface Query {
  readonly expr: string;
  /** Of Grafana: `{{label}}` is the value of a label. */
  readonly legend: string;
}

interface Panel {
  readonly title: string;
  /** What a reader should know to judge the graph. */
  readonly about: string;
  /** Of Grafana: `s` seconds, `reqps` requests a second, `percentunit` a share. */
  readonly unit: string;
  readonly queries: readonly Query[];
  readonly stacked?: boolean;
}

interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

const requests = 'palestra_request_seconds';
/** The instances chosen at the top of the page. */
const chosen = 'job="palestra",instance=~"$instance"';
const perSecond = (metric: string, labels = '') => `rate(${metric}{${chosen}${labels}}[$__rate_interval])`;
const quantile = (share: number, by = 'le', labels = '') =>
  `histogram_quantile(${share}, sum by (${by}) (${perSecond(`${requests}_bucket`, labels)}))`;
const one = (expr: string, legend = '{{instance}}'): Query[] => [{ expr, legend }];

const rows: readonly Row[] = [
  {
    title: 'Requests',
    panels: [
      {
        title: 'Requests by status',
        about: '4xx are mistakes of callers, 5xx are ours.',
        unit: 'reqps',
        stacked: true,
        queries: one(`sum by (status) (${perSecond(`${requests}_count`)})`, '{{status}}'),
      },
      {
        title: 'Share of failed requests',
        about: '5xx. The objective is 0.1 %.',
        unit: 'percentunit',
        queries: one(
          `sum(${perSecond(`${requests}_count`, ',status="5xx"')}) / sum(${perSecond(`${requests}_count`)})`,
          'failed',
        ),
      },
      {
        title: 'Time to answer',
        about: 'From the first byte of a request to its answer.',
        unit: 's',
        queries: [0.5, 0.95, 0.99].map((share) => ({ expr: quantile(share), legend: `p${share * 100}` })),
      },
      {
        title: 'Requests in flight',
        about: 'Not answered yet, or streams not sent yet.',
        unit: 'short',
        queries: one(`palestra_requests_in_flight{${chosen}}`),
      },
      {
        title: 'Most called operations',
        about: 'By operationId, see /docs.',
        unit: 'reqps',
        queries: one(`topk(10, sum by (operation) (${perSecond(`${requests}_count`)}))`, '{{operation}}'),
      },
      {
        title: 'Slowest operations, p95',
        about: 'By operationId. Backups and restores take minutes.',
        unit: 's',
        queries: one(`topk(10, ${quantile(0.95, 'le, operation')})`, '{{operation}}'),
      },
    ],
  },
  {
    title: 'Gyms and clubs',
    panels: [
      {
        title: 'Purchases',
        about: 'Answers to begun, verified and canceled purchases; 4xx of performTransaction are mostly sold out.',
        unit: 'reqps',
        queries: one(
          `sum by (operation, status) (${perSecond(`${requests}_count`, ',operation=~"performTransaction|verifyTransaction|cancelTransaction"')})`,
          '{{operation}} {{status}}',
        ),
      },
      {
        title: 'Admissions at the door',
        about: '2xx members were admitted, 4xx refused.',
        unit: 'reqps',
        queries: one(
          `sum by (status) (${perSecond(`${requests}_count`, ',operation="verifyTransactionRecord"')})`,
          '{{status}}',
        ),
      },
      {
        title: 'Sign-ins',
        about: 'A rise of 4xx is guessing, or an app that cannot sign in.',
        unit: 'reqps',
        queries: one(
          `sum by (status) (${perSecond(`${requests}_count`, ',operation=~"authenticate|login|authenticateByWechat|refresh"')})`,
          '{{status}}',
        ),
      },
      {
        title: 'Results of STAMS',
        about: 'Calls by devices that hand in their results.',
        unit: 'reqps',
        queries: one(
          `sum by (status) (${perSecond(`${requests}_count`, ',operation="postSelfResults"')})`,
          '{{status}}',
        ),
      },
    ],
  },
  {
    title: 'Work behind the requests',
    panels: [
      {
        title: 'Age of the oldest event that was not taken',
        about: 'By subscriber. It rises while a subscriber fails or is too slow.',
        unit: 's',
        queries: one(`max by (subscriber) (palestra_event_delivery_lag_seconds{${chosen}})`, '{{subscriber}}'),
      },
      {
        title: 'Lag of the reconciler',
        about: 'How long what is due first has waited. One instance does this work for all.',
        unit: 's',
        queries: one(`max by (work) (palestra_transaction_reconciler_lag_seconds{${chosen}})`, '{{work}}'),
      },
      {
        title: 'Password hashes',
        about: 'Computed and waiting, of all instances. More than 16 that wait on one instance are answered 503.',
        unit: 'short',
        stacked: true,
        queries: one(`sum by (state) (palestra_identity_password_hashes{${chosen}})`, '{{state}}'),
      },
      {
        title: 'Refused by rate limits',
        about: 'By the name of the limit.',
        unit: 'reqps',
        queries: one(`sum by (limit) (${perSecond('palestra_rate_limit_refused_total')})`, '{{limit}}'),
      },
      {
        title: 'Repeated requests',
        about: 'Answered by the kept answer of their Idempotency-Key: clients that got no answer the first time.',
        unit: 'reqps',
        queries: one(`sum(${perSecond('palestra_idempotency_replays_total')})`, 'replayed'),
      },
      {
        title: 'Age of the last good backup',
        about: 'A saw-tooth, as high as the time between two backups.',
        unit: 's',
        queries: one(`time() - max(palestra_backup_last_success_timestamp_seconds{${chosen}})`, 'age'),
      },
      {
        title: 'Size of the last good backup',
        about: 'One that is much smaller than the others was made of the wrong database.',
        unit: 'bytes',
        queries: one(`max(palestra_backup_last_size_bytes{${chosen}})`, 'size'),
      },
    ],
  },
  {
    title: 'Database',
    panels: [
      {
        title: 'Connections',
        about: 'What waits for long is a database that is too slow. SQLite has one writer.',
        unit: 'short',
        stacked: true,
        queries: one(`sum by (state) (palestra_database_connections{${chosen}})`, '{{state}}'),
      },
      {
        title: 'Transactions tried again',
        about: 'After a deadlock, a lock timeout or a lost connection.',
        unit: 'ops',
        queries: one(perSecond('palestra_unit_retries_total')),
      },
    ],
  },
  {
    title: 'Processes',
    panels: [
      {
        title: 'Processor',
        about: '1 is one core, which is all that one process uses for JavaScript.',
        unit: 'short',
        queries: one(perSecond('process_cpu_seconds_total')),
      },
      {
        title: 'Event loop lag, p99',
        about: 'So long a request may wait for others.',
        unit: 's',
        queries: one(`nodejs_eventloop_lag_p99_seconds{${chosen}}`),
      },
      {
        title: 'Memory',
        about: 'Resident, and the part of it that is the JavaScript heap in use.',
        unit: 'bytes',
        queries: [
          { expr: `process_resident_memory_bytes{${chosen}}`, legend: '{{instance}} resident' },
          { expr: `nodejs_heap_size_used_bytes{${chosen}}`, legend: '{{instance}} heap' },
        ],
      },
      {
        title: 'Garbage collection',
        about: 'Share of the time that it stops everything else.',
        unit: 'percentunit',
        queries: one(
          `sum by (instance, kind) (${perSecond('nodejs_gc_duration_seconds_sum')})`,
          '{{instance}} {{kind}}',
        ),
      },
      {
        title: 'Open files and sockets',
        about: 'The limit is process_max_fds.',
        unit: 'short',
        queries: one(`process_open_fds{${chosen}}`),
      },
      {
        title: 'Up for',
        about: 'A line that falls is a restart.',
        unit: 's',
        queries: one(`time() - process_start_time_seconds{${chosen}}`),
      },
    ],
  },
];

const width = 12;
const height = 8;
const datasource = { type: 'prometheus', uid: '$datasource' };

/** As Grafana 9 and later import it. */
export function grafanaDashboard(): string {
  const panels: object[] = [];
  let y = 0;
  for (const row of rows) {
    panels.push({ type: 'row', title: row.title, collapsed: false, gridPos: { x: 0, y, w: 24, h: 1 }, panels: [] });
    y += 1;
    row.panels.forEach((panel, index) => {
      const gridPos = { x: (index % 2) * width, y: y + Math.floor(index / 2) * height, w: width, h: height };
      panels.push(timeSeries(panel, gridPos));
    });
    y += Math.ceil(row.panels.length / 2) * height;
  }
  const dashboard = {
    uid: 'palestra',
    title: 'Palestra',
    tags: ['palestra'],
    schemaVersion: 37,
    editable: true,
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    templating: { list: variables },
    panels: panels.map((panel, index) => ({ id: index + 1, ...panel })),
  };
  return `${JSON.stringify(dashboard, null, 2)}\n`;
}

const variables: readonly object[] = [
  { name: 'datasource', label: 'Prometheus', type: 'datasource', query: 'prometheus' },
  {
    name: 'instance',
    label: 'Instance',
    type: 'query',
    datasource,
    query: 'label_values(up{job="palestra"}, instance)',
    multi: true,
    includeAll: true,
    refresh: 2,
    sort: 1,
  },
];

function timeSeries({ title, about, unit, queries, stacked = false }: Panel, gridPos: object): object {
  const stacking = { mode: stacked ? 'normal' : 'none' };
  return {
    type: 'timeseries',
    title,
    description: about,
    datasource,
    gridPos,
    fieldConfig: {
      defaults: { unit, min: 0, custom: { stacking, fillOpacity: stacked ? 40 : 0, showPoints: 'never' } },
      overrides: [],
    },
    options: { tooltip: { mode: 'multi', sort: 'desc' }, legend: { displayMode: 'list', placement: 'bottom' } },
    targets: queries.map(({ expr, legend }, index) => ({
      refId: String.fromCharCode('A'.charCodeAt(0) + index),
      datasource,
      expr,
      legendFormat: legend,
    })),
  };
}
