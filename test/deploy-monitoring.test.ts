/** The alerts and the dashboard ask for metrics that the server has, are understood by Prometheus, and are explained. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTestHost } from '@palestra/server/testing';
import { expect } from 'chai';
import { plugins } from '../palestra.config.js';
import { repository } from '../scripts/workspace.js';
import { textOf, yamlOf } from './deploy/files.js';
import { describeWithProgram } from './deploy/program.js';

interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly labels?: { readonly severity?: string };
  readonly annotations?: Readonly<Record<string, string>>;
}

interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets?: readonly { readonly expr: string }[] }[];
}

const rules = yamlOf<{ groups: { rules: Rule[] }[] }>('deploy/prometheus/rules.yml').groups.flatMap(
  (group) => group.rules,
);
const alerts = rules.filter((rule) => rule.alert !== undefined);
const dashboard = JSON.parse(textOf('deploy/grafana/generated/palestra.json')) as Dashboard;
const panelQueries = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
const queries = [...rules.map(({ expr }) => expr), ...panelQueries];
const folder = join(repository, 'deploy/prometheus');

function seriesOf(name: string, type: string | undefined): string[] {
  return type === 'histogram' ? ['_bucket', '_sum', '_count'].map((part) => name + part) : [name];
}

describe('alerts and dashboard', () => {
  /** The names of the metrics that a running server shows. */
  let shown: ReadonlySet<string>;
  before(async function () {
    this.timeout(30_000);
    const host = await startTestHost({ plugins });
    await host.request('GET', '/api/discovery/gym');
    const { text } = await host.request('GET', '/metrics');
    await host.stop();
    shown = new Set(
      [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].flatMap(([, name = '', type]) => seriesOf(name, type)),
    );
  });

  it('ask only for metrics that the server shows', () => {
    const recorded = rules.flatMap(({ record }) => record ?? []);
    const own = /\b(?:palestra|process|nodejs)\w*(?::\w+)*/g;
    const asked = new Set(queries.flatMap((query) => query.match(own) ?? []).filter((name) => name !== 'palestra'));
    expect([...asked]).to.include.members(['palestra_request_seconds_bucket', 'process_max_fds']);
    expect([...asked].filter((name) => !shown.has(name) && !recorded.includes(name))).to.deep.equal([]);
  });

  it('name only operations that there are', () => {
    const operations = [...textOf('openapi.yaml').matchAll(/operationId: (\w+)/g)].map(([, id = '']) => id);
    const patterns = queries.flatMap((query) =>
      [...query.matchAll(/operation(=|=~|!~)"([^"]+)"/g)].map((match) => match[2] ?? ''),
    );
    const single = [...new Set(patterns.flatMap((pattern) => pattern.split('|')))];
    expect(single).to.include.members(['verifyTransactionRecord', '.*Backup']);
    const unknown = single.filter((pattern) => !operations.some((id) => new RegExp(`^(?:${pattern})$`).test(id)));
    expect(unknown).to.deep.equal([]);
  });

  it('say how urgent they are and what to do, in a paragraph of docs/monitoring.md', () => {
    const guide = textOf('docs/monitoring.md');
    const explained = [...guide.matchAll(/^### (Palestra\w+)$/gm)].map(([, name]) => name);
    expect(explained).to.deep.equal(alerts.map(({ alert }) => alert));
    for (const { alert, labels, annotations } of alerts) {
      expect(labels?.severity, alert).to.be.oneOf(['page', 'ticket']);
      expect(annotations, alert).to.include({ runbook: `docs/monitoring.md#${alert?.toLowerCase()}` });
      expect(annotations, alert).to.include.keys('summary', 'description');
    }
  });

  it('are all tried by the tests of the rules, each firing at least once', () => {
    const tried = yamlOf<{ tests: { alert_rule_test: { alertname: string; exp_alerts?: unknown[] }[] }[] }>(
      'deploy/prometheus/rules.test.yml',
    ).tests.flatMap((test) => test.alert_rule_test);
    const firing = new Set(
      tried.filter(({ exp_alerts: expected = [] }) => expected.length > 0).map((each) => each.alertname),
    );
    expect([...firing]).to.have.members(alerts.map(({ alert }) => alert));
  });

  it('reach every instance and the operator by the addresses of compose.yaml', () => {
    const { services } = yamlOf<{ services: Record<string, unknown> }>('compose.yaml');
    const [instances] = yamlOf<{ targets: string[] }[]>('deploy/prometheus/instances.yml');
    expect(instances?.targets).to.deep.equal(['app:3000', 'app-2:3000']);
    expect(services).to.include.keys('app', 'app-2', 'alertmanager', 'prometheus');
    expect(textOf('deploy/prometheus/prometheus.yml')).to.include("targets: ['alertmanager:9093']");
    expect(textOf('deploy/grafana/provisioning/datasources/prometheus.yaml')).to.include('url: http://prometheus:9090');
  });
});

describeWithProgram('promtool', 'Prometheus', (program) => {
  let work: string;
  before(() => {
    work = mkdtempSync(join(tmpdir(), 'palestra-promtool-'));
  });
  after(() => rmSync(work, { recursive: true }));
  const promtool = (...args: string[]) => execFileSync(program, args, { cwd: folder, encoding: 'utf8', stdio: 'pipe' });

  it('takes the configuration and the rules', () => {
    expect(promtool('check', 'config', '--syntax-only', 'prometheus.yml')).to.include('SUCCESS');
    expect(promtool('check', 'rules', 'rules.yml')).to.include(`SUCCESS: ${rules.length} rules found`);
  });

  it('fires each alert when it should, and none on a normal day', () => {
    expect(promtool('test', 'rules', 'rules.test.yml')).to.include('SUCCESS');
  });

  it('understands every query of the dashboard', () => {
    const asRules = panelQueries.map((expr, index) => ({
      record: `panel:${index}`,
      expr: expr.replaceAll('$__rate_interval', '5m').replaceAll('$instance', 'app'),
    }));
    const file = join(work, 'panels.yml');
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'panels', rules: asRules }] }));
    expect(promtool('check', 'rules', file)).to.include(`SUCCESS: ${panelQueries.length} rules found`);
  });
});
