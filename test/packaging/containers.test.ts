/** What cannot be run here is read: the image's steps name files that there are, and the manifests have their shape. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { load } from '../../src/config/read/load.ts';
import { REPOSITORY } from '../lab/paths.ts';

const read = (path: string) => readFileSync(join(REPOSITORY, path), 'utf8');
const containerfile = read('packaging/Containerfile');
const unit = read('systemd/reflectord.service');
const CAPABILITIES = ['NET_ADMIN', 'NET_BIND_SERVICE', 'NET_RAW'];

/** The instructions of the Containerfile, continued lines joined, comments left out. */
const instructions = containerfile
  .replaceAll(/^\s*#.*\n/gm, '')
  .replaceAll(/\\\n/g, ' ')
  .split('\n')
  .filter((line) => line.trim() !== '')
  .map((line) => /^([A-Z]+)\s+(.*)$/.exec(line))
  .map((match) => ({ name: match?.[1] ?? '?', text: (match?.[2] ?? '').replaceAll(/\s+/g, ' ') }));

describe('the Containerfile', () => {
  const only = (name: string) => instructions.filter((one) => one.name === name).map(({ text }) => text);

  test('has instructions that there are, and stages that are named before they are used', () => {
    const known = ['FROM', 'WORKDIR', 'COPY', 'RUN', 'USER', 'ENV', 'EXPOSE', 'STOPSIGNAL', 'ENTRYPOINT', 'CMD'];
    expect(instructions.filter(({ name }) => !known.includes(name))).toEqual([]);
    const from = instructions.filter(({ name }) => name === 'FROM').map(({ text }) => text);
    expect(from).toHaveLength(2);
    for (const text of from) expect(text).toMatch(/^docker\.io\/library\/node:24-bookworm-slim( AS build)?$/);
    expect(only('COPY').at(-1)).toBe('--from=build /opt/reflectord /usr/local');
  });

  test('runs the program of the npm package as a user that is not root, and stops it as a restart', () => {
    const { bin } = JSON.parse(read('package.json')) as { bin: Record<string, string> };
    expect(JSON.parse(only('ENTRYPOINT')[0]!)).toEqual([Object.keys(bin)[0]]);
    expect(JSON.parse(only('CMD')[0]!)).toEqual(['run', '/etc/reflectord/reflectord.yaml']);
    expect(only('USER')).toEqual(['reflectord']);
    expect(only('STOPSIGNAL')).toEqual(['SIGTERM']);
  });

  test('gives it the capabilities of the unit, through files', () => {
    const given = /setcap (\S+)\+ep \/usr\/local\/bin\/node/.exec(containerfile)![1]!.toUpperCase().split(',').sort();
    expect(given).toEqual(/^CapabilityBoundingSet=(.*)$/m.exec(unit)![1]!.split(' ').sort());
  });

  test('keeps out of the build what is made in it', () => {
    const ignored = read('.containerignore').trim().split('\n');
    expect(ignored).toEqual(expect.arrayContaining(['.git', 'dist', 'node_modules', '.cache']));
    for (const needed of ['package-lock.json', 'src', 'packaging']) expect(ignored).not.toContain(needed);
  });
});

interface Container {
  readonly name: string;
  readonly image: string;
  readonly args?: readonly string[];
  readonly securityContext: {
    readonly runAsUser: number;
    readonly capabilities: { readonly drop: readonly string[]; readonly add: readonly string[] };
  };
  readonly ports: readonly { readonly name: string; readonly containerPort: number; readonly hostIP: string }[];
  readonly lifecycle: { readonly preStop: { readonly exec: { readonly command: readonly string[] } } };
  readonly readinessProbe: {
    readonly httpGet: { readonly host: string; readonly port: number; readonly path: string };
  };
  readonly livenessProbe: { readonly httpGet: { readonly path: string } };
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
}
interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec: {
    readonly replicas: number;
    readonly strategy: { readonly type: string };
    readonly minAvailable: number;
    readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
    readonly template: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> };
      readonly spec: {
        readonly hostNetwork: boolean;
        readonly nodeSelector: Readonly<Record<string, string>>;
        readonly terminationGracePeriodSeconds: number;
        readonly affinity: {
          readonly podAntiAffinity: {
            readonly requiredDuringSchedulingIgnoredDuringExecution: readonly {
              readonly topologyKey: string;
              readonly labelSelector: { readonly matchLabels: Readonly<Record<string, string>> };
            }[];
          };
        };
        readonly containers: readonly Container[];
        readonly volumes: readonly {
          readonly name: string;
          readonly configMap?: { readonly name: string };
          readonly hostPath?: { readonly path: string };
        }[];
      };
    };
  };
}

describe('the Kubernetes manifests', () => {
  const documents = parseAllDocuments(read('packaging/kubernetes/reflectord.yaml'));
  const manifests = documents.map((one) => one.toJS() as Manifest);
  const deployments = manifests.filter(({ kind }) => kind === 'Deployment');

  test('are YAML without a mistake, of kinds and versions that go together', () => {
    expect(documents.flatMap(({ errors, warnings }) => [...errors, ...warnings])).toEqual([]);
    expect(manifests.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`)).toEqual([
      ...['v1 Namespace', 'v1 ConfigMap', 'v1 ConfigMap', 'apps/v1 Deployment', 'apps/v1 Deployment'],
      'policy/v1 PodDisruptionBudget',
    ]);
    const named = manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    expect(new Set(named).size).toBe(named.length);
    for (const { kind, metadata } of manifests.slice(1))
      expect([kind, metadata.namespace]).toEqual([kind, 'reflectord']);
  });

  test.each(deployments)('$metadata.name is one reflector, never beside the other', ({ spec }) => {
    const { metadata, spec: pod } = spec.template;
    expect(spec).toMatchObject({ replicas: 1, strategy: { type: 'Recreate' } });
    expect(metadata.labels).toMatchObject(spec.selector.matchLabels);
    expect(pod.hostNetwork).toBe(true);
    const [apart, ...more] = pod.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution;
    expect(more).toEqual([]);
    expect(apart!.topologyKey).toBe('kubernetes.io/hostname');
    expect(metadata.labels).toMatchObject(apart!.labelSelector.matchLabels);
    // As long as the unit gives it.
    expect(pod.terminationGracePeriodSeconds).toBe(Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)![1]));
  });

  test.each(deployments)('$metadata.name runs the image with three capabilities and stops as a restart', ({ spec }) => {
    const [container, ...more] = spec.template.spec.containers;
    expect(more).toEqual([]);
    const { securityContext, args, lifecycle, volumeMounts } = container!;
    expect(args).toEqual(parse(/^CMD (.*)$/m.exec(containerfile)![1]!));
    expect(securityContext.capabilities).toEqual({ drop: ['ALL'], add: CAPABILITIES });
    expect(securityContext.runAsUser).toBe(Number(/--uid (\d+)/.exec(containerfile)![1]));
    expect(lifecycle.preStop.exec.command).toEqual(['reflectord', 'stop']);
    const volumes = new Map(spec.template.spec.volumes.map((one) => [one.name, one]));
    for (const { name } of volumeMounts) expect([name, volumes.has(name)]).toEqual([name, true]);
    // What the next pod has to find outlives this one.
    const kept = volumeMounts.filter(({ name }) => volumes.get(name)?.hostPath !== undefined);
    expect(kept.map(({ mountPath }) => mountPath)).toContain('/run/reflectord');
  });

  test.each(deployments)(
    '$metadata.name has a configuration that is right, and probes that ask where it serves',
    ({ spec }) => {
      const { containers, volumes } = spec.template.spec;
      const { ports, readinessProbe, livenessProbe } = containers[0]!;
      const mapName = volumes.find(({ configMap }) => configMap !== undefined)!.configMap!.name;
      const text = manifests.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === mapName)!.data!;
      const result = load(text['reflectord.yaml']!, mapName);
      expect(result).toMatchObject({ ok: true, warnings: [] });
      if (!result.ok) return;
      const { listen, metrics } = parse(text['reflectord.yaml']!) as {
        listen: { address: string }[];
        metrics: { listen: string };
      };
      const { host, port, path } = readinessProbe.httpGet;
      expect(`${host}:${port}`).toBe(metrics.listen);
      expect([path, livenessProbe.httpGet.path]).toEqual(['/readyz', '/healthz']);
      expect(ports.map(({ containerPort }) => containerPort)).toEqual([179, port]);
      for (const { hostIP } of ports) expect(hostIP).toBe(listen[0]!.address);
    },
  );

  test('the two reflectors peer with each other, and have names and nodes of their own', () => {
    const nodes = deployments.map(({ spec }) => spec.template.spec.nodeSelector.reflectord);
    expect(nodes).toEqual(['a', 'b']);
    const configs = manifests
      .filter(({ kind }) => kind === 'ConfigMap')
      .map(({ data }) => parse(data!['reflectord.yaml']!) as { router: { id: string }; peers: { address: string }[] });
    expect(configs.map(({ peers }) => peers[0]!.address)).toEqual(configs.map(({ router }) => router.id).reverse());
  });

  test('one of the two may be evicted at a time', () => {
    const { spec } = manifests.at(-1)!;
    expect(spec.minAvailable).toBe(1);
    for (const one of deployments) expect(one.spec.template.metadata.labels).toMatchObject(spec.selector.matchLabels);
  });
});
