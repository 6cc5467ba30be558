/** The Kubernetes base: every object is one that the API takes, they fit each other, and the pods may do nothing but serve. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { repository } from '../scripts/workspace.js';
import { serverVariables, textOf, yamlDocumentsOf, yamlOf } from './deploy/files.js';

interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  // biome-ignore lint/suspicious/noExplicitAny: each kind has its own
  readonly spec?: any;
}

interface Kustomization {
  readonly resources: readonly string[];
  readonly configMapGenerator: readonly { readonly name: string; readonly literals: readonly string[] }[];
  readonly images: readonly { readonly name: string; readonly newTag: string }[];
}

const folder = 'deploy/kubernetes';
const base = yamlOf<Kustomization>(`${folder}/kustomization.yaml`);
const objects = base.resources.flatMap((file) => yamlDocumentsOf<KubernetesObject>(`${folder}/${file}`));

function objectOf(kind: string): KubernetesObject {
  return objects.find((each) => each.kind === kind) ?? expect.fail(`There is no ${kind}.`);
}

/**
 * By the schemas of Kubernetes' own OpenAPI document. They allow members that they do not know, as the API server does not:
 * a validator reads each member that it knows, so what it has not read is unknown.
 * @throws Error naming the field
 */
async function validate(object: KubernetesObject): Promise<void> {
  const kinds = await import(`kubernetes-models/${object.apiVersion}`);
  expect(kinds, object.kind).to.have.property(object.kind);
  const unread = new Set<string>();
  kinds[object.kind].prototype.validate.call(watched(object, '', unread));
  if (unread.size > 0) throw new Error(`Unknown fields: ${[...unread].join(', ')}`);
}

/** The same value, whose members are taken out of `unread` when somebody reads them. */
function watched<Value>(value: Value, path: string, unread: Set<string>): Value {
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([key, member]) => {
    unread.add(`${path}/${key}`);
    return [key, watched(member, `${path}/${key}`, unread)] as const;
  });
  const copy = Array.isArray(value) ? members.map(([, member]) => member) : Object.fromEntries(members);
  return new Proxy(copy as object, {
    get(target, key, receiver) {
      unread.delete(`${path}/${String(key)}`);
      return Reflect.get(target, key, receiver);
    },
  }) as Value;
}

describe('the Kubernetes base', () => {
  const { spec: deployment } = objectOf('Deployment');
  const pod = deployment.template.spec;
  const [container] = pod.containers;

  it('lists each of its files', () => {
    const files = readdirSync(join(repository, folder)).filter((file) => file !== 'kustomization.yaml');
    expect([...base.resources].sort()).to.deep.equal(files.sort());
  });

  for (const file of base.resources) {
    it(`${file} is what the Kubernetes API takes, no field unknown to it`, async () => {
      for (const object of yamlDocumentsOf<KubernetesObject>(`${folder}/${file}`)) await validate(object);
    });
  }

  it('would be refused with a misspelled field or a wrong value', async () => {
    const text = JSON.stringify(objectOf('Deployment'));
    const refusal = (from: string, to: string) =>
      validate(JSON.parse(text.replace(from, to))).then(
        () => expect.fail(`It was taken with ${to}.`),
        (error: Error) => error.message,
      );
    expect(await refusal('readinessProbe', 'readyProbe')).to.include('readyProbe');
    expect(await refusal('"replicas":2', '"replicas":"two"')).to.include('replicas');
    expect(await refusal('"drop":', '"droop":')).to.include('droop');
  });

  it('selects its own pods, and leads to their port', () => {
    const labels = deployment.template.metadata.labels;
    expect(deployment.selector.matchLabels).to.deep.equal(labels);
    expect(objectOf('Service').spec.selector).to.deep.equal(labels);
    expect(objectOf('PodDisruptionBudget').spec.selector.matchLabels).to.deep.equal(labels);
    expect(objectOf('NetworkPolicy').spec.podSelector.matchLabels).to.deep.equal(labels);
    const { containerPort, name } = container.ports[0];
    expect(textOf('Dockerfile')).to.include(`EXPOSE ${containerPort}\n`);
    expect(objectOf('Service').spec.ports[0].targetPort).to.equal(name);
    const backends = objectOf('Ingress').spec.rules[0].http.paths.map((path: { backend: unknown }) => path.backend);
    const { metadata, spec } = objectOf('Service');
    for (const backend of backends) {
      expect(backend).to.deep.equal({ service: { name: metadata.name, port: { name: spec.ports[0].name } } });
    }
  });

  it('serves every path of the contract to the outside, and not the metrics', () => {
    const served: { path: string; pathType: string }[] = objectOf('Ingress').spec.rules[0].http.paths;
    const reaches = (path: string) =>
      served.some((each) => (each.pathType === 'Exact' ? path === each.path : path.startsWith(`${each.path}/`)));
    const paths = [...textOf('openapi.yaml').matchAll(/^ {2}(\/\S+):$/gm)].map(([, path = '']) => path);
    expect(paths).to.have.length.above(50);
    expect(paths.filter((path) => !reaches(path))).to.deep.equal([]);
    expect(reaches('/metrics')).to.equal(false);
  });

  it('keeps the strictest of the pod security standards', () => {
    expect(pod.securityContext).to.deep.include({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    expect(textOf('Dockerfile')).to.include(
      `USER ${pod.securityContext.runAsUser}:${pod.securityContext.runAsGroup}\n`,
    );
    expect(container.securityContext).to.deep.equal({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(pod.automountServiceAccountToken).to.equal(false);
  });

  it('sets only variables that the server reads, secrets as files of mounted volumes', () => {
    const known = serverVariables();
    const [settings] = base.configMapGenerator;
    const names = (settings?.literals ?? []).map((literal) => literal.split('=')[0] ?? '');
    const variables: { name: string; value: string }[] = container.env;
    expect([...names, ...variables.map(({ name }) => name)].filter((name) => !known.has(name))).to.deep.equal([]);
    const mounts: { name: string; mountPath: string }[] = container.volumeMounts;
    const secrets = mounts.find(({ name }) => name === 'secrets')?.mountPath;
    for (const { name, value } of variables) expect(value, name).to.match(new RegExp(`^${secrets}/\\w+$`));
    expect(container.envFrom).to.deep.equal([{ configMapRef: { name: settings?.name } }]);
    expect(pod.volumes.map(({ name }: { name: string }) => name)).to.have.members(mounts.map(({ name }) => name));
    const image = textOf('Dockerfile');
    for (const name of ['data', 'keys']) expect(image).to.include(mounts.find((each) => each.name === name)?.mountPath);
  });

  it('lets a pod finish before it is killed, after the service has noticed', () => {
    const [settings] = base.configMapGenerator;
    const delay =
      Number(settings?.literals.find((each) => each.startsWith('PALESTRA_DRAIN_DELAY='))?.split('=')[1]) / 1000;
    const { periodSeconds, failureThreshold } = container.readinessProbe;
    expect(delay).to.be.above(periodSeconds * failureThreshold);
    // 10 s for requests under way.
    expect(pod.terminationGracePeriodSeconds).to.be.at.least(delay + 10);
    expect(deployment.strategy.rollingUpdate).to.deep.equal({ maxUnavailable: 0, maxSurge: 1 });
    expect(deployment.replicas).to.be.above(objectOf('PodDisruptionBudget').spec.minAvailable);
  });

  it('runs the version of this repository', () => {
    const { version } = JSON.parse(textOf('lerna.json'));
    expect(base.images).to.deep.equal([{ name: container.image, newTag: version }]);
  });
});
